"""Inventories for the tests of its formats: one with everything, and hostile ones."""

from datetime import UTC, date, datetime

from hypothesis import strategies as st

from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.live.addresses import Addresses
from ccloud_apply.model.results.inventory import Inventory, InventoryServer, Standing
from ccloud_apply.model.results.plan import PlanAccount
from tests.support.render.strategies import accounts, diagnostics, hostile_texts

READ_AT = datetime(2027, 3, 1, 10, 30, tzinfo=UTC)
ACCOUNT = PlanAccount(endpoint="https://api.example/v1", customer_id="4711")
PUBLIC = Addresses(ipv4=("10.0.0.5", "185.14.233.5"), ipv6=("2a00:1158::5",))
WEB_2 = InventoryServer(
    status=Standing.DECLARED,
    name="web-prod-web-2",
    id=10002,
    stack="web-prod",
    key="web-2",
    base_key="web",
    hostname="vs10002",
    custom_name="front 2",
    addresses=PUBLIC,
    cores=2,
    memory_gb=4,
    disk_gb=1250,
    pool="pool_iw_ssd",
    type="unmanaged",
    image="debian12_uefi",
    os_name="Linux Debian 12",
    tags=("env:prod", "web"),
    created_at="2027-01-05",
    created_by="jane@example.com",
    declared=SourceRange("stacks/web.yaml", 12, 3),
    marks=("prevent-destroy",),
    state="Running",
    monthly_cost="39.00",
)
BUILDING = InventoryServer(
    status=Standing.DECLARED,
    name="web-prod-web-10",
    id=10010,
    stack="web-prod",
    key="web-10",
    base_key="web",
    addresses=None,
    declared=SourceRange("stacks/web.yaml", 12, 3),
    is_building=True,
)
MISSING = InventoryServer(
    status=Standing.MISSING,
    name="web-prod-db",
    stack="web-prod",
    key="db",
    base_key="db",
    addresses=Addresses(),
    declared=SourceRange("stacks/web.yaml", 20, 3),
)
OLD = InventoryServer(
    status=Standing.UNDECLARED,
    name="web-prod-old",
    id=10007,
    stack="web-prod",
    key="old",
    base_key="old",
    hostname="vs10007",
    addresses=Addresses(ipv4=("10.0.0.7",)),
    marks=("retire-after:7d", "retire:2027-03-08"),
    retires=date(2027, 3, 8),
    state="Off",
    monthly_cost="12.50",
)
GOING = InventoryServer(
    status=Standing.OTHER_STACK,
    name="intranet-wiki",
    id=10008,
    stack="intranet",
    key="wiki",
    base_key="wiki",
    hostname="vs10008",
    addresses=Addresses(ipv4=("185.14.233.8",)),
    is_deleting=True,
)
FOREIGN = InventoryServer(
    status=Standing.UNMANAGED,
    name="vs10009",
    id=10009,
    hostname="vs10009",
    addresses=Addresses(ipv6=("2a00:1158::9",)),
    tags=("env-prod",),
    os_name="Linux of its own",
)


def full_inventory() -> Inventory:
    """An inventory with something of everything."""
    warning = Diagnostic(
        code="price-unknown",
        where="cost",
        what="the cost of 2 servers is unknown",
        severity=Severity.WARNING,
    )
    return Inventory(
        servers=(GOING, MISSING, OLD, WEB_2, BUILDING, FOREIGN),
        account=ACCOUNT,
        read_at=READ_AT,
        has_state=True,
        has_cost=True,
        monthly_total="51.50",
        retired_total="12.50",
        warnings=(warning,),
    )


_maybe = st.none() | hostile_texts
_addresses = st.none() | st.sampled_from(
    [Addresses(), PUBLIC, Addresses(ipv4=("10.0.0.7",)), Addresses(ipv6=("2a00:1158::9",))]
)
_sizes = st.none() | st.integers(0, 10**6)
_tags = st.lists(hostile_texts, max_size=3).map(tuple)

hostile_servers = st.builds(
    InventoryServer,
    status=st.sampled_from(Standing),
    name=st.from_regex(r"[a-z0-9][a-z0-9._-]{0,20}", fullmatch=True),
    id=st.none() | st.integers(1),
    stack=_maybe,
    key=_maybe,
    base_key=_maybe,
    hostname=_maybe,
    custom_name=_maybe,
    addresses=_addresses,
    cores=_sizes,
    memory_gb=_sizes,
    disk_gb=_sizes,
    pool=_maybe,
    type=_maybe,
    image=_maybe,
    os_name=_maybe,
    tags=_tags,
    created_at=_maybe,
    created_by=_maybe,
    declared=st.none() | st.builds(SourceRange, hostile_texts, st.integers(1), st.integers(1)),
    marks=_tags,
    retires=st.none() | st.dates(),
    is_building=st.booleans(),
    is_deleting=st.booleans(),
    state=_maybe,
    monthly_cost=_maybe,
)
"""Servers full of hostile text, but for their names: those are harmless, see the tests of names."""

hostile_inventories = st.builds(
    Inventory,
    servers=st.lists(hostile_servers, max_size=4, unique_by=lambda server: server.name).map(tuple),
    account=st.none() | accounts,
    read_at=st.just(READ_AT),
    has_state=st.booleans(),
    has_cost=st.booleans(),
    monthly_total=_maybe,
    retired_total=_maybe,
    warnings=st.lists(diagnostics, max_size=2).map(tuple),
)
