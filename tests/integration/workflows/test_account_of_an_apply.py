"""Whose account an apply works on: asked before it locks, compared with what it reads."""

import asyncio
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ccloud_apply.api import connection as api_connection
from ccloud_apply.api.client import Client
from ccloud_apply.apply.workdir.accounts import build_account_ids
from ccloud_apply.apply.workdir.lock import lock_stacks
from ccloud_apply.clock import SystemClock
from ccloud_apply.errors import ApplyError, LockedError
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.plan.matching.select import PlanOptions
from ccloud_apply.sandbox.app import create_app
from ccloud_apply.sandbox.options import SandboxOptions
from ccloud_apply.workflows.account.connection import Connection, Execution
from ccloud_apply.workflows.account.run import Run
from ccloud_apply.workflows.account.sandbox_transport import SANDBOX_TOKEN, SandboxTransport
from ccloud_apply.workflows.apply import apply_stacks
from ccloud_apply.workflows.apply_request import Applied, ApplyRequest, Callbacks
from ccloud_apply.workflows.planning.plan import plan_run
from tests.support.builders import COMPLETE, spec, stack
from tests.support.hurried_time import HurriedTime
from tests.support.journals import begin_journal, do, intent

ENDPOINT = "https://ccenter.example/api/v1"


class Platform:
    """An account of the vendor's, reached with a token."""

    def __init__(self, tmp_path: Path, **options: Any) -> None:
        self.work = tmp_path / "work"
        self.db = tmp_path / "account.db"
        self.options = options
        self.requests: dict[str, int] = {}
        self._time = HurriedTime()

    def apply(self, *stacks: Stack, token: str = SANDBOX_TOKEN) -> Applied:
        request = ApplyRequest(
            stacks=stacks,
            options=PlanOptions(),
            execution=Execution(work_dir=str(self.work), settle_s=0, grace_s=0),
            has_cost=False,
        )
        callbacks = Callbacks(on_event=lambda event: None)
        applied: Applied = self._run(lambda run: apply_stacks(request, run, callbacks), token)
        return applied

    def find_customer(self) -> str | None:
        async def find(run: Run) -> str | None:
            plan = await plan_run(run, [], PlanOptions(), has_cost=False)
            assert plan.account is not None
            return plan.account.customer_id

        customer: str | None = self._run(find, SANDBOX_TOKEN)
        return customer

    def _run(self, work: Any, token: str) -> Any:
        options = {"seed": "empty", "speed": 1000, **self.options}

        async def main() -> Any:
            app = create_app(SandboxOptions(db=str(self.db), **options))
            address = api_connection.Connection(endpoint=ENDPOINT, token=token)
            with closing(app.state.sandbox.store):
                transport = SandboxTransport(app)
                async with Client(address, clock=SystemClock(), transport=transport) as client:
                    connection = Connection(endpoint=ENDPOINT, token=token)
                    run = Run(client=client, clock=client.clock, connection=connection)
                    try:
                        return await work(run)
                    finally:
                        self.requests = dict(client.requests_by_operation)

        with pytest.MonkeyPatch.context() as patch:
            self._time.rule(patch)
            return asyncio.run(main())

    def ids(self, customer: str | None = "328100", token: str = SANDBOX_TOKEN) -> Any:
        return build_account_ids(ENDPOINT, None, token, customer_id=customer)

    def journals(self) -> list[str]:
        return sorted(path.name for path in (self.work / "journal").iterdir())


def declare(key: str = "web", **fields: Any) -> Stack:
    return stack(spec(key, **{**COMPLETE, **fields}))


def test_the_journal_of_an_account_that_told_no_customer_is_taken_over_by_its_customer(
    tmp_path: Path,
) -> None:
    platform = Platform(tmp_path)
    assert platform.apply(declare()).is_converged
    assert platform.journals() == [f"shop-{platform.ids(None).journal[:12]}.jsonl"]
    platform.apply(declare(notes="x"))
    assert platform.journals() == [f"shop-{platform.ids().journal[:12]}.jsonl"]


def test_a_platform_that_tells_no_customer_is_known_by_address_and_access(tmp_path: Path) -> None:
    platform = Platform(tmp_path, customer=None)
    for notes in ("x", "y"):
        assert platform.apply(declare(notes=notes)).is_converged
    assert platform.journals() == [f"shop-{platform.ids(None).journal[:12]}.jsonl"]
    assert platform.find_customer() is None


def test_the_access_of_another_customer_than_before_changes_nothing_once(tmp_path: Path) -> None:
    platform = Platform(tmp_path)
    assert platform.apply(declare()).is_converged
    platform.options["customer"] = "K9"
    with pytest.raises(ApplyError, match=r"of customer 328100, .* belongs to customer K9"):
        platform.apply(declare(notes="x"))
    assert platform.requests.keys().isdisjoint({"set_server_notes"})
    assert platform.apply(declare(notes="x")).is_converged


def test_an_empty_account_is_named_by_the_servers_that_it_had(tmp_path: Path) -> None:
    platform = Platform(tmp_path)
    assert platform.find_customer() is None, "nothing was ever made there"
    assert platform.apply(declare()).is_converged
    gone = ApplyRequest(
        stacks=(declare(),),
        options=PlanOptions(is_destroy=True),
        execution=Execution(work_dir=str(platform.work), settle_s=0, grace_s=0),
        has_cost=False,
    )
    platform._run(
        lambda run: apply_stacks(gone, run, Callbacks(on_event=lambda event: None)), SANDBOX_TOKEN
    )
    assert platform.find_customer() == "328100"


@pytest.mark.parametrize("status", [400, 422, 500])
def test_a_platform_that_takes_no_number_of_rows_tells_its_customer_too(
    tmp_path: Path, status: int
) -> None:
    platform = Platform(tmp_path, refused_limit=status, refused_sort=status)
    assert platform.apply(declare()).is_converged
    assert platform.find_customer() == "328100"


def test_who_holds_the_lock_of_the_customer_is_waited_for(tmp_path: Path) -> None:
    platform = Platform(tmp_path)
    assert platform.apply(declare()).is_converged

    async def beside() -> None:
        async with lock_stacks(
            platform.work,
            account=platform.ids().journal,
            stacks=["shop"],
            timeout_s=0,
            clock=SystemClock(),
            tell=print,
        ):
            with pytest.raises(LockedError, match="another apply of the stack shop is running"):
                await asyncio.to_thread(
                    platform.apply, declare(notes="x"), token="sandbox-of-a-colleague"
                )

    asyncio.run(beside())


def test_a_customer_that_shows_late_and_has_a_journal_is_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its journal may have something open that this run has not looked at."""
    platform = Platform(tmp_path)
    assert platform.apply(declare()).is_converged
    for note in (platform.work / "customer").iterdir():
        note.unlink()
    journal = begin_journal(platform.work, account=platform.ids().journal, stack="shop")
    do(journal.write_intent(intent("web/create")))
    journal.close()

    async def nothing(client: Client) -> None:
        return None

    monkeypatch.setattr(Client, "find_customer", nothing)
    with pytest.raises(ApplyError, match="that customer has a journal"):
        platform.apply(declare(notes="x"))
    assert platform.requests.keys().isdisjoint({"set_server_notes"})
    assert platform.apply(declare(notes="x")).is_converged, "now it is noted whose account it is"
