"""What a step waits for before it is sent: others' tasks, its turn, what may not show yet.

And whether it need be sent at all. None of it sends or records anything.
"""

from collections.abc import Callable

from ccloud_apply.apply.api import Api
from ccloud_apply.apply.engine.running import Running
from ccloud_apply.apply.events import EventEmitter
from ccloud_apply.apply.messages import is_transient
from ccloud_apply.apply.once.outcome import running_tasks
from ccloud_apply.apply.once.pacing import Pacer
from ccloud_apply.apply.once.safe_send import SafeSend
from ccloud_apply.apply.tasks.watcher import TaskWatcher
from ccloud_apply.clock import Clock
from ccloud_apply.errors import ApplyError, StatusError, TaskTimeoutError
from ccloud_apply.lazy_dataclass import dataclass

ALREADY_DONE = "already done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """Waits until a step can be sent, and tells what it waits for."""

    api: Api
    watcher: TaskWatcher
    emitter: EventEmitter
    task_timeout_s: float
    clock: Clock
    safe_send: SafeSend
    pacer: Pacer

    async def wait_out(self, running: Running, error: StatusError) -> bool:
        """True if the step was refused for a reason that passes. Raises ApiError."""
        queued = running.queued
        return is_transient(queued.step, error) or await self.pacer.wait_out(
            queued, running.hostname, self.say(running)
        )

    def say(self, running: Running) -> Callable[[str], None]:
        """Tells the progress of this step."""
        return lambda text: running.tell(self.emitter, "step_progress", message=text)

    async def wait_for_others(self, running: Running) -> None:
        """Wait for the tasks that run on the step's server. Raises ApplyError, ApiError."""
        if running.hostname is None:
            return
        for task in await running_tasks(self.api, running.hostname):
            try:
                await self.watcher.wait(task.id, timeout_s=self.task_timeout_s)
            except TaskTimeoutError as error:
                raise ApplyError(f"{running.hostname} is busy: {error.message}") from error

    async def wait_until_settled(self, running: Running) -> None:
        """Give what an unknown earlier run added the time to show. Raises ApplyError, ApiError."""
        pause_s = self.safe_send.find_pause(running.queued, self.clock.monotonic())
        if pause_s:
            text = "no journal tells whether an earlier run has added it; looking again in"
            self.say(running)(f"{text} {pause_s:.0f} s")
            await self.clock.sleep(pause_s)
            await self.wait_for_others(running)

    async def is_needless(self, running: Running) -> bool:
        """True for a step that its operation's pace leaves out; else its turn has come."""
        return await self.pacer.is_needless(
            running.queued,
            running.hostname,
            self.say(running),
            is_needed=lambda: self.is_needed(running),
        )

    async def is_needed(self, running: Running) -> bool:
        """False if it is done already, which is told. Raises ApplyError, ApiError."""
        if await self.safe_send.is_needed(running.queued, running.hostname):
            return True
        self.say(running)(ALREADY_DONE)
        return False
