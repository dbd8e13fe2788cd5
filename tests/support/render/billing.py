"""Invoices, subscriptions, moves and performance, full of hostile text."""

from hypothesis import strategies as st

from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.live.billing import (
    BilledPool,
    Invoice,
    InvoiceDetails,
    InvoiceSummary,
    SubscriptionContents,
    SubscriptionContract,
)
from ccloud_apply.model.live.performance import Measured, Performance, Series
from ccloud_apply.model.results.move import HttpRequest, Move, Moved, MovedServer, MoveKind
from tests.support.render.strategies import diagnostics, hostile_texts

_maybe = st.none() | hostile_texts
_amounts = st.none() | st.decimals(allow_nan=False, allow_infinity=False, places=2)
_numbers = st.none() | st.integers(0, 10**6) | st.floats(0, 10**6)
_summaries = st.builds(
    InvoiceSummary,
    id=st.integers(0),
    year=st.none() | st.integers(0, 9999),
    month=st.none() | st.integers(1, 12),
    total=_amounts,
)
_named = st.dictionaries(hostile_texts, _amounts, max_size=2)
_pools = st.builds(BilledPool, name=hostile_texts, servers=_named, total=_amounts)
_details = st.builds(
    InvoiceDetails,
    pools=st.lists(_pools, max_size=2).map(tuple),
    pools_total=_amounts,
    subscriptions=_named,
    subscriptions_total=_amounts,
    total=_amounts,
)
invoice_lists = st.lists(_summaries, max_size=3)
invoices = st.builds(
    Invoice,
    summary=st.none() | _summaries,
    customer_id=_maybe,
    details=st.none() | _details,
)

contracts = st.builds(
    SubscriptionContract,
    id=st.integers(0),
    name=hostile_texts,
    display_name=_maybe,
    pool=_maybe,
    contents=st.builds(
        SubscriptionContents,
        cores=_numbers,
        memory_gb=_numbers,
        disk_gb=_numbers,
        licenses=st.lists(st.tuples(st.integers(), _numbers), max_size=2).map(tuple),
        addons=st.lists(st.tuples(hostile_texts, _numbers), max_size=2).map(tuple),
    ),
    monthly_price=_amounts,
    setup_fee=_amounts,
    setup_fee_charged=st.none() | st.booleans(),
    start_date=_maybe,
    end_date=_maybe,
    customer_id=_maybe,
    created_at=_maybe,
    tags=st.lists(hostile_texts, max_size=2).map(tuple),
)

_servers = st.builds(
    MovedServer,
    live=st.builds(
        LiveServer,
        id=st.integers(1),
        hostname=_maybe,
        custom_name=_maybe,
        pool=_maybe,
        cores=st.none() | st.integers(1, 64),
    ),
    owner=_maybe,
    is_billed_alone=st.none() | st.booleans(),
)
moves = st.builds(
    Moved,
    move=st.builds(
        Move,
        kind=st.sampled_from(MoveKind),
        subscription=contracts,
        target=st.none() | contracts,
        servers=st.lists(_servers, min_size=1, max_size=2).map(tuple),
        request=st.builds(
            HttpRequest,
            operation_id=hostile_texts,
            method=st.just("POST"),
            path=hostile_texts,
            body=st.none() | st.dictionaries(hostile_texts, hostile_texts, max_size=1),
        ),
        warnings=st.lists(diagnostics, max_size=1).map(tuple),
        held=st.lists(diagnostics, max_size=1).map(tuple),
    ),
    is_done=st.booleans(),
    is_verified=st.sampled_from([True, None]),
    why=hostile_texts,
    pool=_maybe,
    was_lost=st.booleans(),
)


@st.composite
def _series(draw: st.DrawFn) -> Series:
    numbers = st.integers(-(10**18), 10**18) | st.floats(-1e300, 1e300)
    values = draw(st.lists(st.none() | numbers, min_size=1, max_size=6))
    values[draw(st.integers(0, len(values) - 1))] = draw(numbers)  # a series has a number
    times = st.lists(_maybe, min_size=len(values), max_size=len(values)).map(tuple)
    return Series(
        name=draw(hostile_texts),
        units=draw(st.sampled_from(["%", "Byte/s"]) | _maybe),
        values=tuple(values),
        times=draw(st.just(()) | times),
    )


performances = st.builds(
    Performance,
    hostname=hostile_texts,
    period=st.sampled_from(["hour", "year"]),
    measured=st.lists(
        st.builds(
            Measured,
            resource=st.sampled_from(["cpu", "net"]),
            series=st.lists(_series(), max_size=2).map(tuple),
            unshown=st.lists(hostile_texts, max_size=1).map(tuple),
            error=_maybe,
        ),
        max_size=2,
    ).map(tuple),
    stack=_maybe,
    key=_maybe,
)
