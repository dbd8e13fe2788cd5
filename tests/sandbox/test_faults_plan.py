"""Which request meets which fault, and what is said of a plan that makes no sense."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml

from ccloud_apply.sandbox.faults import ConnectionDropped, FaultDataError, FaultPlan
from ccloud_apply.sandbox.faults.file import MAX_BYTES, FaultFileError, read_faults
from ccloud_apply.sandbox.faults.plan import ANSWERS, OTHERS
from ccloud_apply.schemas import read_schema
from tests.conftest import ROOT
from tests.sandbox.test_faults import desk_with, dropped, rule, send
from tests.support.desk import ORDER, Desk
from tests.support.docs.pages import code_in, find_blocks, first_codes, page, section, table_rows

EXAMPLES = sorted((ROOT / "examples/faults").glob("*.yaml"))
GUIDE = page("docs/guides/rehearse-faults.md")


def met(when: Any, calls: int = 10, seed: int = 1) -> list[int]:
    """At which of so many equal requests a fault is due."""
    desk = desk_with(rule({"status": 500}, "list_pools", when), seed=seed)
    for _ in range(calls):
        send(desk, "GET", "/ccloud/pools")
    return [occurrence.call for occurrence in desk.app.state.sandbox.fault_log]


@pytest.mark.parametrize(
    ("when", "calls"),
    [
        ("always", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        ({"nth": 2}, [2]),
        ({"nth": [1, 4, 99]}, [1, 4]),
        ({"nth": {"every": 4}}, [4, 8]),
        ({"after": 7}, [8, 9, 10]),
        ({"until": 2}, [1, 2]),
        ({"after": 3, "until": 5}, [4, 5]),
        ({"after": 3, "nth": {"every": 3}}, [6, 9]),
        ({"probability": 0}, []),
        ({"probability": 1, "until": 1}, [1]),
    ],
)
def test_a_condition_chooses_among_the_matching_requests(when: Any, calls: list[int]) -> None:
    assert met(when) == calls


def test_a_probability_is_kept_and_depends_on_the_seed() -> None:
    assert met({"probability": 0.3}, 60) == met({"probability": 0.3}, 60)
    assert met({"probability": 0.3}, 60) != met({"probability": 0.3}, 60, seed=2)
    assert 8 <= len(met({"probability": 0.3}, 60)) <= 30


def test_the_same_seed_and_requests_give_the_same_log_and_the_same_account() -> None:
    def run(seed: int) -> tuple[Any, Any]:
        desk = desk_with(
            rule({"status": 502, "body": "html"}, when={"probability": 0.2}),
            rule({"drop": "after"}, "create_server", {"nth": 2}),
            rule(
                {"other_actor": {"action": "add_tag", "tag": "x"}}, "list_*", {"nth": {"every": 3}}
            ),
            rule({"delay": 3}, when={"probability": 0.5}),
            seed=seed,
        )
        for _ in range(20):
            send(desk, "GET", "/ccloud/servers")
        for _ in range(2):
            with suppress(ConnectionDropped):
                send(desk, "POST", "/ccloud/servers", ORDER)
        servers = [(server["hostname"], server["tags"]) for server in desk.store.all_servers()]
        return desk.app.state.sandbox.fault_log, (servers, desk.clock.now())

    assert run(1) == run(1)
    assert run(1)[0] != run(3)[0]


def test_a_rule_matches_by_operation_and_method() -> None:
    desk = desk_with({"method": "PUT", "operation": "resize_*", "fault": {"status": 500}})
    path = "/ccloud/servers/vs10002"
    assert send(desk, "GET", path).status_code == 200
    assert send(desk, "PUT", f"{path}/notes", {"notes": "x"}).status_code == 204
    assert send(desk, "PUT", f"{path}/cores", {"cores": 4}).status_code == 500


def test_of_two_answers_the_first_is_given_and_other_faults_are_met_beside_it() -> None:
    desk = desk_with(
        rule({"delay": 4}),
        rule({"drop": "after"}, "create_server"),
        rule({"status": 500}),
        rule({"visibility_lag": 90}),
    )
    before = desk.clock.now()
    assert dropped(desk, "POST", "/ccloud/servers", ORDER) == "after"
    log = desk.app.state.sandbox.fault_log
    assert [tuple(occurrence) for occurrence in log] == [
        (1, "create_server", 0, "delay 4"),
        (1, "create_server", 1, "drop after"),
        (1, "create_server", 3, "visibility_lag 90"),
    ]
    assert (desk.clock.now() - before).total_seconds() == 4


def test_faults_can_be_stopped_and_unknown_paths_meet_none() -> None:
    desk = desk_with(rule({"status": 500}))
    assert send(desk, "GET", "/ccloud/nothing").status_code == 404
    assert send(desk, "GET", "/ccloud/pools").status_code == 500
    desk.app.state.sandbox.options.faults.disable()
    assert send(desk, "GET", "/ccloud/pools").status_code == 200
    assert len(desk.app.state.sandbox.fault_log) == 1


def test_an_account_without_faults_has_an_empty_log() -> None:
    assert Desk().app.state.sandbox.fault_log == []


def test_whoever_watches_is_told_of_every_fault() -> None:
    desk = desk_with(rule({"status": 500}, "list_pools"))
    told: list[Any] = []
    desk.app.state.sandbox.options.faults.watch = told.append
    send(desk, "GET", "/ccloud/pools")
    assert told == desk.app.state.sandbox.fault_log


def test_a_program_can_be_the_other_actor() -> None:
    desk = Desk()
    name = asyncio.run(desk.app.act_as_other_client("set_notes", server="intranet", notes="hello"))
    assert name == "vs10002"
    assert desk.server("vs10002")["data"]["notes"] == "hello"
    with pytest.raises(ValueError, match="nobody knows how to dance"):
        asyncio.run(desk.app.act_as_other_client("dance"))


def test_the_request_log_has_no_body_and_no_token() -> None:
    desk = Desk()
    desk.send("POST", "/ccloud/servers", {**ORDER, "password": "hush-hush-hush"})
    entry = desk.app.state.sandbox.request_log[0]
    assert (entry.operation, entry.method, entry.path) == (
        "create_server",
        "POST",
        "/ccloud/servers",
    )
    assert (entry.status, entry.acted, entry.task_ids) == (200, True, (1,))
    assert len(entry.body_digest) == 64
    assert "hush" not in repr(entry)
    assert "sandbox-test" not in repr(entry)


# What is wrong with a plan


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ([], "must be of type object"),
        ({}, "'rules' is a required property"),
        ({"rules": [], "sead": 1}, "there is no key 'sead'; did you mean seed?"),
        ({"rules": [{"fault": {"delay": 1}}]}, "rules[0]: one of operation, method is missing"),
        ({"rules": [rule({})]}, "rules[0].fault: no fault is named; name one of delay, drop"),
        ({"rules": [rule({"delay": 1, "drop": "after"})]}, "delay and drop are two faults"),
        ({"rules": [rule({"dealy": 1})]}, "there is no key 'dealy'; did you mean delay?"),
        ({"rules": [rule({"drop": "now"})]}, "rules[0].fault.drop: 'now' is not one of"),
        ({"rules": [rule({"delay": 1, "acts": True})]}, "acts goes with status alone"),
        ({"rules": [rule({"delay": "1"})]}, "rules[0].fault.delay: must be of type number"),
        ({"rules": [rule({"status": 200})]}, "200 is less than the minimum of 400"),
        ({"rules": [rule({"delay": 1}, when="never")]}, "rules[0].when: 'always' was expected"),
        ({"rules": [rule({"delay": 1}, when={"nth": 0})]}, "rules[0].when.nth: 0 is less than"),
        ({"rules": [rule({"delay": 1}, when={"nth": [0]})]}, "rules[0].when.nth[0]: 0 is less"),
        ({"rules": [rule({"other_actor": {"action": "add_tag"}})]}, "'tag' is a required property"),
        ({"rules": [rule({"other_actor": {"action": "resize"}})]}, "cores, memory is missing"),
    ],
)
def test_what_makes_no_sense_is_said_with_its_place(data: Any, text: str) -> None:
    with pytest.raises(FaultDataError) as caught:
        FaultPlan.from_data(data)
    assert text in str(caught.value)


def test_every_mistake_of_a_file_has_its_line(tmp_path: Path) -> None:
    file = tmp_path / "faults.yaml"
    file.write_text("rules:\n  - operation: '*'\n    fault: {dropp: x}\n  - fault: {delay: 1}\n")
    with pytest.raises(FaultFileError) as caught:
        read_faults(str(file))
    lines = str(caught.value).splitlines()
    assert [line.partition(": ")[0] for line in lines] == [
        f"{file}:3:12",
        f"{file}:3:12",
        f"{file}:4:5",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rules: [", ":1:9: "),
        ("\x00", "not readable as YAML"),
        ("[" * 9999, "not readable as YAML"),
        ("seed: " + "1" * 9999, "not readable as YAML"),
        ("", "must be of type object"),
        ("#" * (MAX_BYTES + 1), "larger than 1024 KiB"),
    ],
)
def test_a_file_that_is_no_yaml_is_refused(text: str, words: str, tmp_path: Path) -> None:
    file = tmp_path / "faults.yaml"
    file.write_text(text)
    with pytest.raises(FaultFileError, match=words):
        read_faults(str(file))


# What is written about it


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_loads_and_names_the_schema_for_editors(path: Path) -> None:
    read_faults(str(path))
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=../../schemas/faults.schema.json"


def test_every_file_of_the_guide_is_a_plan() -> None:
    shown = [block for block in find_blocks(GUIDE) if block.language == "yaml"]
    assert shown
    for block in shown:
        data = yaml.safe_load(block.text)
        FaultPlan.from_data(data if "rules" in data else {"rules": data})


def test_schema_code_and_guide_have_the_same_kinds_and_conditions() -> None:
    definitions = read_schema("faults.schema.json")["$defs"]
    branches = [branch["required"][0] for branch in definitions["fault"]["oneOf"]]
    assert sorted(branches) == sorted((*ANSWERS, *OTHERS))
    rows = table_rows(section(GUIDE, "Faults"))
    named = {name.partition(":")[0] for row in rows for name in code_in(row, 0)}
    assert named == set(definitions["fault"]["properties"])
    rows = table_rows(section(GUIDE, "When"))
    named = {name.partition(":")[0] for row in rows for name in code_in(row, 0)}
    assert named == {"always", *definitions["when"]["properties"]}
    actions = list(first_codes(section(GUIDE, "Someone else")))
    assert actions == definitions["other_actor"]["properties"]["action"]["enum"]
