"""What each guard says, word by word: whoever reads it decides whether servers are destroyed."""

from dataclasses import replace
from typing import Any

import pytest

from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.declared.stack import Lifecycle, Policy, ServerSpec
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.plan.guard import find_cap
from tests.support.builders import COMPLETE, HERE, account, live, plan, spec, stack

THERE = SourceRange("stack.yaml", 7, 3)
WHOLE = COMPLETE | {"disks": [50, 30]}
REPLACE = {"on_create_only_change": "replace", "prevent_destroy": True}
OTHERS = [spec(f"web-{i}") for i in (2, 3, 4)]


def protected(what: str, hint: str, source: SourceRange = THERE) -> Diagnostic:
    return Diagnostic(
        code="prevent-destroy",
        where="servers.web",
        what=what,
        hint=hint,
        severity=Severity.HELD,
        source=source,
    )


def written(lifecycle: dict[str, Any], **fields: Any) -> ServerSpec:
    """The entry `web`, which stands further down in the file than its stack."""
    return replace(spec("web", lifecycle=Lifecycle(**lifecycle), **fields), source=THERE)


WEB = live(key="web", is_protected=True, disks=(50, 30))
LIFT = "set lifecycle: {prevent_destroy: false} and apply that first"


@pytest.mark.parametrize(
    ("entry", "would", "back"),
    [
        (written(REPLACE, **WHOLE | {"pool": "x"}), "be replaced", "put pool back as before, "),
        (
            written(REPLACE, **WHOLE | {"pool": "x", "type": "managed"}),
            "be replaced",
            "put pool and type back as before, ",
        ),
        (
            written(REPLACE | {"on_create_only_change": "redeploy"}, image="rocky9_uefi"),
            "be reinstalled",
            "put image back as before, ",
        ),
        (written({"prevent_destroy": True}, disks=[50]), "lose data", "put disks back as before, "),
    ],
    ids=["replace", "replace-two", "redeploy", "disk"],
)
@pytest.mark.parametrize("is_tagged", [True, False])
def test_a_protected_server_says_what_would_happen_and_what_to_put_back(
    entry: ServerSpec, would: str, back: str, is_tagged: bool
) -> None:
    there = WEB if is_tagged else live(key="web", disks=(50, 30))
    (held,) = plan(stack(entry), account(there))[0].held
    what = f"vs10001 would {would}, and prevent_destroy protects it"
    assert held == protected(what, back + LIFT)


def test_a_protected_server_that_left_the_file_says_how_it_may_go_or_stay() -> None:
    hint = (
        "put web back with lifecycle: {prevent_destroy: false}, apply, and then remove it;"
        " or name it in released to keep the server"
    )
    desired, lives = stack(*OTHERS), account(WEB, *(live(i, key=f"web-{i}") for i in (2, 3, 4)))
    (held,) = plan(desired, lives)[0].held
    what = "vs10001 would be destroyed, and prevent_destroy protects it"
    assert held == protected(what, hint, HERE)
    retiring = stack(*OTHERS, policy=Policy(retire=7))
    (held,) = plan(retiring, lives)[0].held
    what = "vs10001 would be retired, and prevent_destroy protects it"
    assert held == protected(what, hint, HERE)


def test_destroy_of_a_protected_entry_has_nothing_to_put_back() -> None:
    entry = written({"prevent_destroy": True})
    (held,) = plan(stack(entry), account(WEB), is_destroy=True)[0].held
    what = "vs10001 would be destroyed, and prevent_destroy protects it"
    assert held == protected(what, LIFT)


def test_an_emptied_stack_says_how_all_of_it_is_destroyed() -> None:
    desired = replace(stack(), path="my stacks/web.yaml")
    (held,) = plan(desired, account(*lives(2)))[0].held
    assert held == Diagnostic(
        code="stack-emptied",
        where="stack shop",
        what="the file declares no server, so all 2 live servers of the stack would be destroyed",
        hint="to destroy the whole stack: ccloud-apply destroy 'my stacks/web.yaml'",
        severity=Severity.HELD,
        source=HERE,
    )


def lives(count: int, **facts: Any) -> list[LiveServer]:
    return [live(i, key=f"web-{i}", **facts) for i in range(1, count + 1)]


@pytest.mark.parametrize(
    ("policy", "entries", "verbs", "why"),
    [
        (
            Policy(),
            OTHERS[2:],
            "be destroyed or replaced, and at most 1 may be",
            "30 % of the stack",
        ),
        (
            Policy(max_destroy=2),
            OTHERS[2:],
            "be destroyed or replaced, and at most 2 may be",
            "policy.max_destroy",
        ),
        (
            Policy(max_destroy=2, sources={"max_destroy": SourceRange("ccloud-apply.yaml", 4, 3)}),
            OTHERS[2:],
            "be destroyed or replaced, and at most 2 may be",
            "policy.max_destroy in ccloud-apply.yaml:4",
        ),
        (
            Policy(retire=7),
            OTHERS[2:],
            "be retired, destroyed or replaced, and at most 1 may be",
            "30 % of the stack",
        ),
    ],
)
def test_too_many_are_counted_named_and_told_with_the_rule(
    policy: Policy, entries: list[ServerSpec], verbs: str, why: str
) -> None:
    (held,) = plan(stack(*entries, policy=policy), account(*lives(4)))[0].held
    assert held == Diagnostic(
        code="too-many-destroyed",
        where="stack shop",
        what=f"3 of 4 servers would {verbs} ({why}): web-1 (vs1), web-2 (vs2), web-3 (vs3)",
        hint="if this is intended, repeat with --allow-destroy 3",
        severity=Severity.HELD,
        source=HERE,
    )


@pytest.mark.parametrize(
    ("policy", "ends"),
    [(Policy(), "destroyed or replaced"), (Policy(retire=7), "retired, destroyed or replaced")],
)
def test_servers_that_stay_and_lose_data_count_beside_those_that_go(
    policy: Policy, ends: str
) -> None:
    desired = stack(spec("web-2", disks=[50]), spec("web-3"), spec("web-4"), policy=policy)
    (held,) = plan(desired, account(*lives(4, disks=(50, 30))))[0].held
    assert f"would be {ends}, or lose data, and at most 1 may (30 % of the stack)" in held.what


@pytest.mark.parametrize(
    ("live_count", "declared", "named", "cap"),
    [
        (0, None, None, 1),
        (3, None, None, 1),
        (6, None, None, 1),
        (7, None, None, 2),
        (10, None, None, 3),
        (10, 0, None, 0),
        (10, 5, None, 5),
        (10, None, 3, 3),
        (10, None, 4, 4),
        (10, None, 2, 3),
        (10, None, 1, 3),
        (10, None, 0, 0),
        (10, 0, 1, 1),
        (10, 5, 4, 5),
        (10, 5, 0, 0),
    ],
)
def test_the_cap_is_the_share_the_policy_or_the_larger_number_of_the_command_line(
    live_count: int, declared: int | None, named: int | None, cap: int
) -> None:
    desired = stack(policy=Policy(max_destroy=declared))
    limit, why = find_cap(desired, live_count, named)
    assert limit == cap
    if limit == named and (named == 0 or named > 3):
        assert why == f"--allow-destroy {named}"


def test_a_number_of_the_command_line_that_raises_nothing_is_not_named() -> None:
    assert find_cap(stack(), 10, 3) == (3, "30 % of the stack")
    assert find_cap(stack(policy=Policy(max_destroy=3)), 10, 3) == (3, "policy.max_destroy")


@pytest.mark.parametrize("is_destroy", [True, False])
def test_one_guard_does_not_hide_another(is_destroy: bool) -> None:
    protected_ones = [replace(one, tags=(*one.tags, "prevent-destroy")) for one in lives(4)[:2]]
    account_ = account(*protected_ones, *lives(4)[2:])
    held = plan(stack(spec("web-4")), account_, is_destroy=is_destroy)[0].held
    cap = [] if is_destroy else ["too-many-destroyed"]
    assert [one.code for one in held] == ["prevent-destroy", "prevent-destroy", *cap]


def test_an_emptied_stack_is_told_instead_of_the_cap_and_beside_the_protection() -> None:
    held = plan(stack(), account(WEB, *lives(3)), allow_destroy=0)[0].held
    assert sorted(one.code for one in held) == ["prevent-destroy", "stack-emptied"]
