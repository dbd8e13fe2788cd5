"""Drift reports for the tests of its formats: one with everything, and hostile ones."""

from dataclasses import replace
from datetime import UTC, date, datetime

from hypothesis import strategies as st

from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.live.account import Task
from ccloud_apply.model.live.addresses import Addresses
from ccloud_apply.model.results.drift import (
    DriftedServer,
    DriftReport,
    ExtraServer,
    OtherStack,
    Resolved,
    RetiredServer,
    Since,
    StackDrift,
    UncomparedServer,
    UnknownFields,
    UnmanagedServer,
)
from ccloud_apply.model.results.plan import PlanAccount
from tests.support.render.plans import PATH, change
from tests.support.render.strategies import changes, diagnostics, hostile_texts, ignored

READ_AT = datetime(2027, 3, 1, 10, 30, tzinfo=UTC)
ACCOUNT = PlanAccount(endpoint="https://api.example/v1", customer_id="4711")


def full_report() -> DriftReport:
    """A report with something of everything."""
    tasks = (
        Task(
            id=17,
            action="update_memory",
            status="done",
            username="jane@example.com",
            created_at="2027-02-28 22:04:11",
        ),
        Task(id=12, action="create", status="done"),
    )
    web_1 = DriftedServer(
        key="web-1",
        hostname="vs10001",
        changes=(
            change("memory", 8, 4),
            change("tags", ["handmade", "server:web-1", "web"], ["production", "server:web-1"]),
            change("notes", "Owner: platform team\nhotfix", "Owner: platform team\nPager: 7"),
            change("pool", "pool_old", "pool_iw_ssd", forces_replace=True),
        ),
        last_tasks=tasks,
        addresses=Addresses(ipv4=("198.18.0.10",), ipv6=("2001:db8:1200::a",)),
    )
    web_2 = DriftedServer(
        key="web-2",
        hostname="vs10002",
        changes=(
            change("disks.2", 100, None, note="disk sc0s1"),
            change("custom_name", None, "web 2"),
            change("password", is_sensitive=True),
        ),
        addresses=Addresses(),
    )
    warning = Diagnostic(
        code="not-compared",
        where="servers.web-3",
        what="image gone12 is not in the image catalogue, so it is not compared",
        severity=Severity.WARNING,
    )
    web = StackDrift(
        stack="web-prod",
        path=PATH,
        drifted=(web_1, web_2),
        missing=("db",),
        extra=(ExtraServer(key="old", hostname="vs10007"),),
        in_sync=("web-3", "web-4"),
        not_compared=(
            UncomparedServer(key="web-5", hostname=None, why="server #10005 is being built"),
        ),
        unknown=(UnknownFields(key="web-3", hostname="vs10003", fields=("image",)),),
        warnings=(warning,),
    )
    calm = StackDrift(stack="intranet", path="stacks/intranet.yaml", in_sync=("wiki",))
    unmanaged = (
        UnmanagedServer(hostname="vs10042", custom_name="legacy mail", tags=("finance",)),
        UnmanagedServer(hostname=None, custom_name=None),
    )
    return DriftReport(
        stacks=(web, calm),
        other_stacks=(OtherStack(stack="gone", servers=3), OtherStack(stack="", servers=1)),
        unmanaged=unmanaged,
        account=ACCOUNT,
        read_at=READ_AT,
    )


def with_retired(stack: StackDrift) -> StackDrift:
    """The stack with a server that waits for its day, one whose day has come, and one that is
    declared again."""
    restored = DriftedServer(
        key="web-6",
        hostname="vs10006",
        changes=(change("tags", ["retire:2027-03-20", "web"], ["web"]),),
        is_retired=True,
        retires=date(2027, 3, 20),
    )
    due = ExtraServer(
        key="older",
        hostname="vs10008",
        retires=date(2027, 2, 27),
        why="it was retired, and its day, 2027-02-27 (UTC), has come",
    )
    waiting = RetiredServer(key="shop", hostname="vs10009", retires=date(2027, 4, 1))
    return replace(
        stack, drifted=(*stack.drifted, restored), extra=(*stack.extra, due), retired=(waiting,)
    )


_optional = st.none() | hostile_texts
_tasks = st.builds(
    Task,
    id=st.integers(),
    action=hostile_texts,
    status=hostile_texts,
    username=_optional,
    created_at=_optional,
)
_days = st.dates()
_keys = st.lists(hostile_texts, max_size=3).map(tuple)
hostile_drifts = st.builds(
    StackDrift,
    stack=hostile_texts,
    path=hostile_texts,
    ignored=st.lists(ignored, max_size=2).map(tuple),
    drifted=st.lists(
        st.builds(
            DriftedServer,
            key=hostile_texts,
            hostname=_optional,
            changes=st.lists(changes, max_size=4).map(tuple),
            last_tasks=st.lists(_tasks, max_size=2).map(tuple),
            causes=st.dictionaries(hostile_texts | st.just("memory"), _tasks, max_size=2),
            is_retired=st.booleans(),
            retires=st.none() | _days,
        ),
        max_size=3,
    ).map(tuple),
    missing=_keys,
    extra=st.lists(
        st.builds(
            ExtraServer,
            key=hostile_texts,
            hostname=_optional,
            retires=st.none() | _days,
            why=hostile_texts,
        ),
        max_size=2,
    ).map(tuple),
    retired=st.lists(
        st.builds(RetiredServer, key=hostile_texts, hostname=_optional, retires=_days), max_size=2
    ).map(tuple),
    in_sync=_keys,
    not_compared=st.lists(
        st.builds(UncomparedServer, key=hostile_texts, hostname=_optional, why=hostile_texts),
        max_size=2,
    ).map(tuple),
    unknown=st.lists(
        st.builds(
            UnknownFields,
            key=hostile_texts,
            hostname=_optional,
            fields=st.lists(hostile_texts, min_size=1, max_size=2).map(tuple),
        ),
        max_size=2,
    ).map(tuple),
    warnings=st.lists(diagnostics, max_size=2).map(tuple),
)

_since = st.builds(
    Since,
    read_at=_optional,
    known=st.integers(0, 5),
    resolved=st.lists(
        st.builds(
            Resolved,
            stack=hostile_texts,
            kind=st.sampled_from(["drifted", "missing", "extra", "not_compared"]),
            name=hostile_texts,
        ),
        max_size=2,
    ).map(tuple),
)

hostile_reports = st.builds(
    DriftReport,
    stacks=st.lists(hostile_drifts, max_size=2).map(tuple),
    unmanaged=st.lists(
        st.builds(
            UnmanagedServer,
            hostname=_optional,
            custom_name=_optional,
            tags=st.lists(hostile_texts, max_size=3).map(tuple),
        ),
        max_size=2,
    ).map(tuple),
    other_stacks=st.lists(
        st.builds(OtherStack, stack=hostile_texts, servers=st.integers(1, 5)), max_size=2
    ).map(tuple),
    account=st.none() | st.builds(PlanAccount, endpoint=hostile_texts, customer_id=_optional),
    read_at=st.just(READ_AT),
    since=st.none() | _since,
)
