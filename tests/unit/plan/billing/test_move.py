"""What a move of servers will do, what it is held by, and what the account shows of it."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.live.billing import (
    BilledPool,
    Invoice,
    InvoiceDetails,
    SubscriptionContents,
    SubscriptionContract,
)
from ccloud_apply.model.results.move import Move, MoveKind
from ccloud_apply.plan.billing.move import build_move, find_changed, shows_move
from tests.support.builders import live

TODAY = date(2026, 11, 28)
FIRST = SubscriptionContract(
    id=1,
    name="S1-001",
    pool="pool_iw_ssd",
    contents=SubscriptionContents(cores=30, memory_gb=64, disk_gb=500),
    end_date="2027-08-01",
    confirmed=True,
)
SECOND = SubscriptionContract(id=2, name="S1-002")


def preview(*hostnames: str) -> Invoice:
    """A preview that bills these servers by themselves."""
    servers = dict.fromkeys(hostnames, Decimal(1))
    return Invoice(
        summary=None, details=InvoiceDetails(pools=(BilledPool(name="worker", servers=servers),))
    )


def build(
    kind: MoveKind,
    *servers: LiveServer,
    billed: Invoice | None = None,
    contract: SubscriptionContract = FIRST,
) -> Move:
    target = SECOND if kind is MoveKind.EXPORT_ALL else None
    return build_move(kind, contract, servers, billed, TODAY, target=target)


@pytest.mark.parametrize(
    ("kind", "path", "body"),
    [
        (MoveKind.IMPORT, "/subscriptions/1/import", {"hostname": "vs10001"}),
        (MoveKind.EXPORT, "/subscriptions/1/export/vs10001/pool", None),
        (MoveKind.EXPORT_ALL, "/subscriptions/1/export/all", {"target_subscription": "S1-002"}),
    ],
)
def test_the_request_is_that_of_the_document(kind: MoveKind, path: str, body: Any) -> None:
    request = build(kind, live()).request
    assert (request.method, request.path, request.body) == ("POST", path, body)


@pytest.mark.parametrize("kind", MoveKind)
def test_a_server_that_a_stack_owns_is_held_and_says_whose_it_is(kind: MoveKind) -> None:
    move = build(kind, live(key="web"), live(10002))
    (held,) = move.held
    assert held.code == "owned-server"
    assert "vs10001" in f"{held.where} {held.what}"
    assert "vs10002" not in held.what
    assert "stack shop as web" in held.what
    assert "--force" in held.hint


@pytest.mark.parametrize("kind", MoveKind)
@pytest.mark.parametrize("tag", ["Stack:shop", "server:web", "prevent-destroy", "web,stack:shop"])
def test_every_tag_of_ours_holds_a_move(kind: MoveKind, tag: str) -> None:
    (held,) = build(kind, live(tags=("web", tag))).held
    assert f"carries {tag}, which only ccloud-apply sets" in held.what
    assert build(kind, live(tags=("web",))).held == ()


def test_what_the_preview_bills_by_itself_is_in_no_subscription() -> None:
    servers = live(key="web"), live(10002), live(10003)
    move = build(MoveKind.EXPORT_ALL, *servers, billed=preview("vs10001", "vs10003"))
    assert [one.live.hostname for one in move.servers] == ["vs10002"]
    assert move.held == ()


def test_without_a_preview_every_server_may_be_in_it() -> None:
    move = build(MoveKind.EXPORT_ALL, live(key="web"), live(10002), billed=None)
    assert len(move.servers) == 2
    assert ["1 server that a stack owns may be" in held.what for held in move.held] == [True]


def test_a_thousand_owned_servers_are_one_guard_on_a_short_line() -> None:
    servers = (live(10000 + n, key=f"web-{n}") for n in range(1000))
    (held,) = build(MoveKind.EXPORT_ALL, *servers).held
    assert "1,000 servers that stacks own" in held.what
    assert len(held.what) < 1000


@pytest.mark.parametrize(
    ("kind", "billed", "words"),
    [
        (MoveKind.IMPORT, preview(), "in a subscription already"),
        (MoveKind.EXPORT, preview("vs10001"), "in no subscription"),
        (MoveKind.IMPORT, None, "unknown"),
        (MoveKind.EXPORT, None, "unknown"),
    ],
)
def test_what_the_preview_says_against_it_is_a_warning(
    kind: MoveKind, billed: Invoice | None, words: str
) -> None:
    (warning,) = build(kind, live(), billed=billed).warnings
    assert words in warning.what


@pytest.mark.parametrize(
    ("contract", "words"),
    [
        (SubscriptionContract(id=1, name="S", pool="pool_ip_ssd"), "not documented"),
        (SubscriptionContract(id=1, name="S", end_date="2026-11-27"), "ended on 2026-11-27"),
        (SubscriptionContract(id=1, name="S", deleted_at="2026-01-01T00:00:00Z"), "was deleted"),
        (SubscriptionContract(id=1, name="S", confirmed=False), "not confirmed"),
        (
            SubscriptionContract(id=1, name="S", contents=SubscriptionContents(cores=1)),
            "above all of S",
        ),
    ],
)
def test_what_speaks_against_a_subscription_is_a_warning(
    contract: SubscriptionContract, words: str
) -> None:
    server = live(cores=2, pool="pool_iw_ssd")
    move = build(MoveKind.IMPORT, server, billed=preview("vs10001"), contract=contract)
    assert [words in warning.what for warning in move.warnings] == [True]


def test_a_subscription_that_fits_has_no_warning() -> None:
    server = live(cores=2, pool="pool_iw_ssd")
    for end in ("2026-11-28", None):
        contract = SubscriptionContract(id=1, name="S", pool="pool_iw_ssd", end_date=end)
        move = build(MoveKind.IMPORT, server, billed=preview("vs10001"), contract=contract)
        assert move.warnings == ()


IN, OUT, UNREAD = preview("vs10001"), preview("vs10002"), None


@pytest.mark.parametrize(
    ("kind", "before", "after", "is_shown"),
    [
        (MoveKind.IMPORT, IN, OUT, True),
        (MoveKind.EXPORT, OUT, IN, True),
        (MoveKind.IMPORT, IN, IN, False),
        (MoveKind.EXPORT, OUT, OUT, False),
        (MoveKind.IMPORT, OUT, OUT, False),
        (MoveKind.EXPORT, IN, IN, False),
        (MoveKind.IMPORT, OUT, IN, False),
        (MoveKind.EXPORT, IN, OUT, False),
        (MoveKind.IMPORT, UNREAD, OUT, False),
        (MoveKind.IMPORT, IN, UNREAD, False),
    ],
)
def test_only_a_line_that_goes_or_comes_shows_a_move(
    kind: MoveKind, before: Invoice | None, after: Invoice | None, is_shown: bool
) -> None:
    (server,) = build(kind, live(), billed=before).servers
    found, why = shows_move(kind, server, after)
    assert found is is_shown
    assert bool(why) is not is_shown


@pytest.mark.parametrize(
    ("now", "changed"),
    [
        ({}, ""),
        ({"cores": 9}, ""),
        ({"id": 77}, "by now vs10001 is another server"),
        ({"created_at": "2027-02-02T00:00:00Z"}, "by now vs10001 is another server"),
        ({"hostname": "vs9"}, "by now vs10001 does not exist"),
        (
            {"tags": ("stack:shop", "server:web")},
            "by now vs10001 belongs to stack shop as web",
        ),
    ],
)
def test_what_is_otherwise_than_it_was_shown_is_found(now: dict[str, Any], changed: str) -> None:
    shown = replace(live(), tags=())
    move = build(MoveKind.IMPORT, shown)
    assert ", ".join(find_changed(move, [replace(shown, **now)])) == changed


def test_what_was_shown_and_forced_is_no_change() -> None:
    owned = replace(live(), tags=("stack:shop", "server:web"))
    assert not find_changed(build(MoveKind.EXPORT, owned), [owned])
