"""How busy a server was, by whole commands."""

import csv
import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest

from ccloud_apply.schemas import read_schema
from tests.conftest import RunCli, StartCli
from tests.support.stacks import APPLY, with_faults, write_stack

SCHEMA = read_schema("performance.schema.json")


def test_a_hostname_costs_one_request_for_each_resource(call_cli: RunCli) -> None:
    ended = call_cli("-v", "performance", "vs10001", "--resource", "cpu", "--resource", "cpu")
    assert ended.code == 0
    assert "1 requests: get_server_performance 1" in ended.err
    assert "cpu usage: last " in ended.out
    every = call_cli("-v", "performance", "vs10001")
    assert "4 requests: get_server_performance 4" in every.err
    for name in ("cpu", "mem", "net", "disk"):
        assert f"\n{name} " in every.out


def test_a_key_is_that_of_the_stack(call_cli: RunCli, tmp_path: Path) -> None:
    write_stack(tmp_path)
    assert call_cli(*APPLY).code == 0
    ended = call_cli("performance", "web-2", "web.yaml", "--format", "json")
    assert ended.code == 0, ended.err
    document = json.loads(ended.out)
    jsonschema.validate(document, SCHEMA)
    assert (document["stack"], document["key"]) == ("web", "web-2")
    by_hostname = call_cli("performance", document["hostname"], "web.yaml")
    assert f"Performance of web-2 ({document['hostname']})" in by_hostname.out


@pytest.mark.parametrize("period", ["hour", "day", "week", "month", "year"])
def test_every_period_has_its_values_in_every_format(period: str, call_cli: RunCli) -> None:
    look = ("performance", "vs10001", "--period", period)
    assert call_cli(*look).out.startswith(f"Performance of vs10001, last {period}\n")
    document = json.loads(call_cli(*look, "--format", "json").out)
    jsonschema.validate(document, SCHEMA)
    rows = list(csv.DictReader(StringIO(call_cli(*look, "--format", "csv").out)))
    told = [v for r in document["resources"] for s in r["series"] for v in s["values"]]
    assert [int(row["value"]) for row in rows] == told
    assert len(told) > 10
    assert ElementTree.fromstring(call_cli(*look, "--format", "svg").out).tag.endswith("svg")


def test_times_and_gaps_are_told_where_the_api_tells_them(
    call_cli: RunCli, clean_env: dict[str, str], serve: Callable[..., str]
) -> None:
    endpoint = serve("--reading", "performance_rows=gaps")
    env = {**clean_env, "CCLOUD_ENDPOINT": endpoint, "CCLOUD_TOKEN": "sandbox-e2e"}
    look = ("performance", "vs10001", "--resource", "mem", "--period", "day")
    text = call_cli(*look, env=env).out
    assert "24 values, 5 of them missing; a gap is ·" in text
    assert " UTC" in text
    assert "tells no times" not in text
    (resource,) = json.loads(call_cli(*look, "--format", "json", env=env).out)["resources"]
    (series,) = resource["series"]
    assert series["values"].count(None) == 5
    assert all(time.endswith("+00:00") for time in series["times"])


def test_one_resource_that_cannot_be_read_is_said_and_the_others_are_shown(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    rule = {
        "operation": "get_server_performance",
        "when": {"nth": 1},
        "fault": {"status": 403},
    }
    env = with_faults(sandbox_env, tmp_path, rule)
    look = ("performance", "vs10001", "--resource", "cpu", "--resource", "mem")
    text = call_cli(*look, env=env)
    assert text.code == 1
    assert "cpu: not read: read performance" in text.out
    assert "mem used: last" in text.out
    assert "error: vs10001 cpu: read performance" in text.err
    told = call_cli(*look, "--format", "json", env=env)
    assert told.code == 1
    document = json.loads(told.out)
    jsonschema.validate(document, SCHEMA)
    assert [bool(one["error"]) for one in document["resources"]] == [True, False]


def test_nothing_that_can_be_read_is_an_error(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    rule = {"operation": "get_server_performance", "fault": {"status": 403}}
    env = with_faults(sandbox_env, tmp_path, rule)
    ended = call_cli("performance", "vs10001", "--format", "json", env=env)
    assert ended.code == 1
    assert json.loads(ended.out)["errors"][0]["code"] == "api-auth"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("vs9",), "vs9: no such server"),
        (("nothing like it",), "no such server"),
        (("vs10001", "--resource", "gpu"), "'cpu', 'mem', 'net', 'disk'"),
        (("vs10001", "--period", "decade"), "'hour', 'day', 'week', 'month', 'year'"),
        (("web", "absent.yaml"), "absent.yaml"),
        (("vs10001", "--var", "size=1"), "name the stack files"),
    ],
)
def test_bad_input_is_an_error_with_the_way_out(
    arguments: tuple[str, ...], words: str, call_cli: RunCli
) -> None:
    ended = call_cli("performance", *arguments)
    assert ended.code == 1
    assert words in ended.err


@pytest.mark.slow
def test_a_terminal_without_unicode_gets_ascii(
    start_cli: StartCli, sandbox_env: dict[str, str]
) -> None:
    for encoding, has_blocks in (("ascii", False), ("utf-8", True)):
        env = {**sandbox_env, "PYTHONIOENCODING": encoding}
        process = start_cli("performance", "vs10001", "--resource", "cpu", env=env)
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        assert ("█" in out) is has_blocks
        assert ("#" in out) is not has_blocks
        assert "\\u" not in out
