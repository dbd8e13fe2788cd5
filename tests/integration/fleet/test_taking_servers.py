"""A stack takes servers of another one only if that one's file has given them up."""

from pathlib import Path

import pytest

from ccloud_apply.fleet.model.config import Rule
from ccloud_apply.model.results.fleet import FleetStack
from ccloud_apply.workflows.account.run import Run
from tests.support.fleet_desk import FleetDesk, stack_text


@pytest.fixture
def desk(tmp_path: Path) -> FleetDesk:
    return FleetDesk(tmp_path)


def owners(desk: FleetDesk) -> list[str]:
    async def read(run: Run) -> list[str]:
        tags = [tag for server in await run.client.list_servers() for tag in server.tags]
        return sorted(tag for tag in tags if tag.startswith(("stack:", "server:")))

    return desk.in_account(read)


def state_of(desk: FleetDesk, name: str) -> FleetStack:
    (found,) = (stack for stack in desk.once().stacks if stack.name == name)
    return found


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("renamed: {from: victim}\n", 'stack "victim" is still the name of'),
        ("moved: [{from: victim/web, to: web}]\n", 'from: "victim/web" is still a key in'),
    ],
)
def test_what_another_file_declares_cannot_be_taken(
    desk: FleetDesk, more: str, expected: str
) -> None:
    desk.write("victim")
    desk.once()
    before = owners(desk)
    desk.write("thief", stack_text("thief", memory=4, more=more))

    thief = state_of(desk, "thief")

    assert thief.state == "failing"
    assert expected in (thief.why or "")
    assert owners(desk) == before == ["server:web", "stack:victim"]
    assert state_of(desk, "victim").state == "clean"


def test_a_stack_that_is_renamed_in_its_file_keeps_its_servers(desk: FleetDesk) -> None:
    desk.write("web")
    desk.once()
    desk.write("web", stack_text("shop-web", more="renamed: {from: web}\n"))

    assert state_of(desk, "shop-web").state == "clean"
    assert owners(desk) == ["server:web", "stack:shop-web"]


def test_two_files_cannot_both_take_what_a_third_has_given_up(desk: FleetDesk) -> None:
    path = desk.write("old")
    desk.once()
    path.unlink()
    for name in ("new", "other"):
        desk.write(name, stack_text(name, more="renamed: {from: old}\n"))

    stacks = {stack.name: stack for stack in desk.once().stacks}

    for name in ("new", "other"):
        assert stacks[name].state == "failing"
        assert 'stack "old" is renamed in two files' in (stacks[name].why or "")
    assert owners(desk) == ["server:web", "stack:old"]


def test_nothing_is_taken_from_a_file_that_cannot_be_read(desk: FleetDesk) -> None:
    desk.write("victim")
    desk.once()
    desk.write("victim", "stack: victim\nservers: [\n")
    desk.write("thief", stack_text("thief", more="moved: [{from: victim/web, to: web}]\n"))

    thief = state_of(desk, "thief")

    assert thief.state == "failing"
    assert "victim, whose file shop/victim.yaml cannot be loaded" in (thief.why or "")
    assert owners(desk) == ["server:web", "stack:victim"]


@pytest.mark.parametrize("was_there", [False, True])
@pytest.mark.parametrize(
    "broken",
    [
        "moved: [{from: {stack: first, server: db}, to: db}]\n",
        "moved:\n  - from: first/db\n    to: dB\n",
        "renamed: [first]\n",
        "moved: [{from: first/db, to: db}\n",
    ],
)
def test_nothing_is_destroyed_that_a_broken_file_may_take(
    desk: FleetDesk, broken: str, was_there: bool
) -> None:
    desk.write("first", stack_text("first", "web", "db"))
    if was_there:
        desk.write("second")
    desk.once()
    before = owners(desk)
    desk.write("first", stack_text("first", "web"))
    desk.write("second", stack_text("second", "db", more=broken))

    first = state_of(desk, "first")

    assert first.state == "failing"
    assert "shop/second.yaml" in (first.why or "")
    assert owners(desk) == before
    desk.write("second", stack_text("second", "db", more="moved: [{from: first/db, to: db}]\n"))
    for _ in range(3):
        desk.once()
        desk.advance(3600)
    assert state_of(desk, "first").state == "clean"
    assert "server:db" in owners(desk)


@pytest.mark.parametrize("is_said_by", ["giver", "receiver"])
def test_a_server_that_goes_to_another_stack_is_neither_destroyed_nor_made_again(
    desk: FleetDesk, is_said_by: str
) -> None:
    desk.write("first", stack_text("first", "web", "db"))
    desk.once()
    before = servers_by_key(desk)["db"]
    gives = "moved: [{from: db, to: second/db}]\n" if is_said_by == "giver" else ""
    takes = "moved: [{from: first/db, to: db}]\n" if is_said_by == "receiver" else ""
    desk.write("first", stack_text("first", "web", more=gives))
    desk.write("second", stack_text("second", "db", more=takes))

    for _ in range(3):
        desk.once()
        desk.advance(3600)

    assert servers_by_key(desk)["db"] == before
    assert owners(desk) == ["server:db", "server:web", "stack:first", "stack:second"]


def test_a_server_that_goes_is_no_drift_of_the_stack_that_gives_it(desk: FleetDesk) -> None:
    desk.write("first", stack_text("first", "web", "db"))
    desk.once()
    desk.set_rules(Rule(mode="report", every_s=86400.0))
    desk.write("first", stack_text("first", "web"))
    desk.write("second", stack_text("second", "db", more="moved: [{from: first/db, to: db}]\n"))
    desk.once()
    desk.advance(3600)

    states = {stack.name: stack.state for stack in desk.once().stacks}

    assert states == {"first": "clean", "second": "drift"}
    assert owners(desk) == ["server:db", "server:web", "stack:first", "stack:first"]


def servers_by_key(desk: FleetDesk) -> dict[str, str]:
    async def read(run: Run) -> dict[str, str]:
        return {
            tag.removeprefix("server:"): str(server.hostname)
            for server in await run.client.list_servers()
            for tag in server.tags
            if tag.startswith("server:")
        }

    return desk.in_account(read)
