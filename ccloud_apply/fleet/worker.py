"""Does one job, whatever engine has handed it over. What goes wrong is in the tables, or is warned
of, and never ends the worker."""

import logging

from ccloud_apply.errors import CcloudApplyError
from ccloud_apply.fleet.engine.port import Job
from ccloud_apply.fleet.tracing import open_span
from ccloud_apply.fleet.work.context import Context
from ccloud_apply.fleet.work.reconcile import run_stack
from ccloud_apply.fleet.work.sweep import sweep_account
from ccloud_apply.model.internal_error import describe_places, name_internal

_log = logging.getLogger(__name__)


class Worker:
    """Polls, sweeps and runs with the means of one process."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def do(self, job: Job) -> None:
        """Do the job, or leave it to whoever does it already. Raises nothing but cancellation."""
        try:
            with open_span(job.kind, account=job.account, name=job.name):
                await self._do(job)
        except CcloudApplyError as error:
            # A lost lease, a database that was away: its lease ends, and then it is due again.
            self._context.warn(f"{_name(job)}: {error}")
        except Exception as error:
            _log.error("%s has failed:\n%s", _name(job), describe_places(error))
            self._context.warn(f"{_name(job)}: {name_internal(error)}")

    async def _do(self, job: Job) -> None:
        if job.kind == "poll":
            await self._context.poll(job.name)
        elif job.kind == "sweep":
            await sweep_account(self._context, job.account)
        else:
            await run_stack(self._context, job.account, job.name)


def _name(job: Job) -> str:
    """What the job is about, for people."""
    return "/".join(filter(None, (job.account, job.name)))
