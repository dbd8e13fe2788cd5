"""Prices over the command: what a plan says of them, what holds it, what never fails it."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from tests.conftest import RunCli
from tests.support.box import change_box
from tests.support.readings import choose_reading
from tests.support.stacks import APPLY, BOX, WEB, with_faults, write_stack

REFUSED = {"operation": "create_quote", "fault": {"status": 403}}


def cost_of(text: str) -> dict[str, object]:
    cost = json.loads(text)["stacks"][0]["cost"]
    assert isinstance(cost, dict)
    return cost


def with_policy(policy: str) -> str:
    return WEB.replace("defaults:", f"policy: {{{policy}}}\ndefaults:")


def test_a_plan_costs_the_sum_of_its_quotes(call_cli: RunCli, tmp_path: Path) -> None:
    ended = call_cli("plan", write_stack(tmp_path), "--format", "json")
    cost = cost_of(ended.out)
    prices = json.loads(call_cli("catalog", "prices", "--format", "json").out)
    rows = prices["prices"] if "prices" in prices else prices["rows"]
    (pool,) = [row for row in rows if row["pool"] == "pool_iw_ssd"]
    by_hand = sum(
        Decimal(str(pool[name])) * count
        for name, count in (("cores", 2), ("memory", 4), ("disk", 50))
    )
    assert Decimal(str(cost["monthly_after"])) == 3 * by_hand > 0
    assert cost["unknown"] == []
    text = call_cli("plan", "web.yaml").out
    assert f"Monthly cost: 0.00 -> {cost['monthly_after']} (+{cost['monthly_after']})" in text


PREVIEW = "Preview of this month's invoice: "


def test_the_preview_of_the_invoice_stands_beside_the_cost_where_it_was_read(
    call_cli: RunCli, tmp_path: Path
) -> None:
    stack = write_stack(tmp_path)
    first = call_cli("-v", "plan", stack)
    assert PREVIEW not in first.out  # no live server's price changes: nothing asks for it
    assert "preview_invoice" not in first.err
    assert call_cli(*APPLY).code == 0
    total = json.loads(call_cli("invoices", "--preview", "--format", "json").out)["invoice"][
        "total"
    ]
    more = ("--var", "size=4")
    document = json.loads(call_cli("plan", stack, *more, "--format", "json").out)
    assert document["invoice_preview"] == total
    for format_name in ("text", "markdown", "html"):
        shown = call_cli("-v", "plan", stack, *more, "--format", format_name)
        assert "preview_invoice 1" in shown.err
        assert f"{total} for the whole account" in shown.out
    assert call_cli("plan", stack, *more, "--out", "saved.json").code == 0
    assert f"{PREVIEW}{total} for the whole account" in call_cli("show", "saved.json").out
    applied = call_cli("apply", "saved.json", "--auto-approve")  # another total makes no plan stale
    assert applied.code == 0, applied.err


def test_a_policy_holds_plan_and_apply_and_nothing_is_changed(
    call_cli: RunCli, tmp_path: Path
) -> None:
    stack = write_stack(tmp_path, with_policy("max_monthly_cost: 1"))
    planned = call_cli("plan", stack)
    assert planned.code == 3
    assert "above policy.max_monthly_cost" in planned.out
    assert call_cli("apply", stack, "--auto-approve").code == 3
    assert call_cli("tasks", "--format", "json").out.count("create-server") == 0
    going_on = call_cli("apply", stack, "--auto-approve", "--no-cost")
    assert going_on.code == 0
    assert "policy.max_monthly_cost: prices were not requested" in going_on.out
    assert call_cli("destroy", stack, "--auto-approve").code == 0


@pytest.mark.parametrize("policy", ["", "max_monthly_increase: 5000"])
def test_quotes_that_cannot_be_had_fail_nothing(
    policy: str, call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    env = with_faults(sandbox_env, tmp_path, REFUSED)
    stack = write_stack(tmp_path, with_policy(policy) if policy else WEB)
    ended = call_cli("plan", stack, env=env)
    assert ended.code == (3 if policy else 0)
    assert "Monthly cost: unknown for web-1, web-2, web-3" in ended.out
    if not policy:
        assert call_cli("apply", stack, "--auto-approve", env=env).code == 0


def test_nobody_waits_long_for_a_price(
    call_cli: RunCli,
    sandbox_env: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ccloud_apply.workflows.planning.price._PATIENCE_S", 0.3)
    env = with_faults(sandbox_env, tmp_path, {**REFUSED, "fault": {"delay": 3600}})
    ended = call_cli("plan", write_stack(tmp_path), env=env)
    assert ended.code == 0
    assert "Monthly cost: unknown for web-1, web-2, web-3" in ended.out


def test_a_saved_plan_is_priced_again_and_a_new_price_is_not_stale(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    stack = write_stack(tmp_path)
    assert call_cli("plan", stack, "--out", "plan.json").code == 0
    env = with_faults(sandbox_env, tmp_path, REFUSED)
    ended = call_cli("apply", "plan.json", env=env)
    assert ended.code == 0
    assert call_cli("plan", stack, "--format", "json").out.count('"cost": null') == 1


POLICY = "policy: {max_monthly_cost: 5000, max_monthly_increase: 5000}\n"
PRICED = BOX.replace("servers:\n", f"{POLICY}servers:\n")
OWN = {
    "custom_price": "the account has a custom price for it, which no quote tells",
    "subscription": "a subscription pays for it",
}


@pytest.mark.parametrize("kind", [*OWN])
def test_a_price_of_its_own_is_unknown_with_the_reason_in_every_format_and_holds_a_policy(
    kind: str, call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    write_stack(tmp_path, PRICED)
    assert call_cli(*APPLY, env=sandbox_env).code == 0
    if kind == "custom_price":
        change_box(sandbox_env, custom_price=True)
    else:
        earlier = "2020-01-01T00:00:00.000000Z"
        change_box(sandbox_env, subscription="S328100-001", created_at=earlier)

    write_stack(tmp_path, PRICED.replace("memory: 2", "memory: 4"))
    planned = call_cli("plan", "web.yaml", "--format", "json", env=sandbox_env)
    assert planned.code == 3
    cost = cost_of(planned.out)
    assert (cost["unknown"], cost["servers"], cost["monthly_after"]) == (["box"], {}, "0.00")
    assert "policy.max_monthly_cost cannot be checked" in planned.out
    for name in ("text", "markdown", "html", "terraform-json", "gitlab"):
        shown = call_cli("plan", "web.yaml", "--format", name, env=sandbox_env)
        assert OWN[kind] in shown.out + shown.err, name
    assert call_cli(*APPLY, env=sandbox_env).code == 3

    write_stack(tmp_path, PRICED + "    notes: hello\n")
    assert call_cli(*APPLY, env=sandbox_env).code == 0, "its price stays, whatever that is"
    assert call_cli("destroy", "web.yaml", "--auto-approve", env=sandbox_env).code == 0


def test_a_plan_without_live_servers_asks_for_no_prices_of_their_own(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose_reading(monkeypatch, custom_prices=True)
    write_stack(tmp_path, PRICED)
    planned = call_cli("plan", "web.yaml", "--format", "json", env=sandbox_env)
    assert planned.code == 0
    assert cost_of(planned.out)["unknown"] == []


@pytest.mark.parametrize(("limit", "unknown"), [(100, ["box"]), (0, [])])
def test_a_server_that_stays_is_read_for_its_own_price_beside_one_that_changes_up_to_a_limit(
    limit: int,
    unknown: list[str],
    call_cli: RunCli,
    sandbox_env: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ccloud_apply.workflows.planning.own_prices._MAX_SAME", limit)
    write_stack(tmp_path, PRICED)
    assert call_cli(*APPLY, env=sandbox_env).code == 0
    change_box(sandbox_env, custom_price=True)
    write_stack(tmp_path, PRICED + "    notes: hello\n")
    planned = call_cli("plan", "web.yaml", "--format", "json", env=sandbox_env)
    assert cost_of(planned.out)["unknown"] == [], "no price changes: none is asked for"
    other = PRICED.partition("servers:\n")[2].replace("box:", "other:")
    write_stack(tmp_path, f"{PRICED}    notes: hello\n{other}")
    planned = call_cli("plan", "web.yaml", "--format", "json", env=sandbox_env)
    assert cost_of(planned.out)["unknown"] == unknown
    assert planned.code == 0, "what it costs stays, so that no policy on money asks for it"


def test_amounts_say_their_currency_to_people_and_documents_keep_it_beside_them(
    call_cli: RunCli, tmp_path: Path
) -> None:
    stack = write_stack(tmp_path, with_policy("currency: CHF, max_destroy: 3"))
    (planned,) = json.loads(call_cli("plan", stack, "--format", "json").out)["stacks"]
    after = planned["cost"]["monthly_after"]
    assert planned["currency"] == "CHF"
    assert f"Monthly cost: 0.00 -> {after} CHF (+{after})" in call_cli("plan", stack).out
    assert f"{after} CHF" in call_cli("plan", stack, "--format", "markdown").out
    assert f"{after} CHF" in call_cli("plan", stack, "--format", "html").out
    assert f"{after} CHF" in call_cli("plan", stack, "--summary").out
    assert call_cli("plan", stack, "--out", "saved.plan").code == 0
    assert f"{after} CHF" in call_cli("show", "saved.plan").out
    assert call_cli("apply", "saved.plan").code == 0
    going = call_cli("plan", stack, "--destroy").out
    assert " CHF per month" in going
    write_stack(tmp_path, WEB)
    (untold,) = json.loads(call_cli("plan", stack, "--format", "json").out)["stacks"]
    assert untold["currency"] is None
