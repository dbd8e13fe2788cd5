"""`drift` night after night: what was told is not told again, and no alarm gets lost."""

import http.server
import json
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from ccloud_apply.api import webhook as webhook_module
from ccloud_apply.api.http.retry import Backoff
from ccloud_apply.schemas import read_schema
from tests.conftest import RunCli
from tests.support.stacks import WEB, with_faults, write_stack

NIGHT = ("drift", "web.yaml", "--since", "last.json", "--save", "last.json")


class Receiver:
    """A webhook of this machine, and what it was told."""

    def __init__(self) -> None:
        self.told: list[dict[str, object]] = []
        self.status = 204
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if receiver.status == 204:
                    receiver.told.append(json.loads(body))
                self.send_response(receiver.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Nothing."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setattr(webhook_module, "_BACKOFF", Backoff(first_s=0, longest_s=0))
    found = Receiver()
    thread = threading.Thread(target=found.server.serve_forever)
    thread.start()
    yield found
    found.server.shutdown()
    thread.join()
    found.server.server_close()


def change(call_cli: RunCli, tmp_path: Path, before: str, after: str, target: str) -> None:
    """Somebody else changes a server."""
    hurry = write_stack(tmp_path, WEB.replace(before, after), "hurry.yaml")
    assert call_cli("apply", hurry, "--auto-approve", "--target", target).code == 0


@pytest.fixture
def applied(call_cli: RunCli, tmp_path: Path) -> Path:
    assert call_cli("apply", write_stack(tmp_path), "--auto-approve").code == 0
    return tmp_path


def test_each_night_only_what_is_new_is_told_and_what_is_resolved_once(
    applied: Path, call_cli: RunCli
) -> None:
    first = call_cli(*NIGHT)
    assert (first.code, "No earlier report" in first.out) == (0, True)
    assert stat.S_IMODE((applied / "last.json").stat().st_mode) == 0o600

    change(call_cli, applied, "memory: 4", "memory: 8", "web-2")
    second = call_cli(*NIGHT)
    assert second.code == 2
    assert "web-2" in second.out
    assert "by sandbox since" in second.out
    assert "New drift: 1 drifted" in second.out

    third = call_cli(*NIGHT)
    assert third.code == 0
    assert "1 known, 0 resolved" in third.out
    assert "No new drift" in third.out

    assert call_cli("apply", "web.yaml", "--auto-approve").code == 0
    fourth = call_cli(*NIGHT)
    assert fourth.code == 0
    assert "web-2 is no longer drifted" in fourth.out
    assert "resolved" not in call_cli(*NIGHT).out.replace("0 resolved", "")


@pytest.mark.parametrize("format_name", ["json", "markdown", "html", "junit", "prometheus"])
def test_every_format_compares(format_name: str, applied: Path, call_cli: RunCli) -> None:
    assert call_cli("drift", "web.yaml", "--save", "last.json").code == 0
    change(call_cli, applied, "memory: 4", "memory: 8", "web-2")
    ended = call_cli("drift", "web.yaml", "--since", "last.json", "--format", format_name)
    assert ended.code == 2
    if format_name == "json":
        document = json.loads(ended.out)
        Draft202012Validator(read_schema("drift.schema.json")).validate(document)
        assert document["since"]["known"] == 0
        (change_,) = document["stacks"][0]["drifted"][0]["changes"]
        assert change_["by"]["action"] == "resize-server"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not a drift report"),
        ("[]", "not a drift report"),
        ('{"format_version": "1.0"}', "not a drift report"),
        ('{"format_version": "2.0"}', "cannot be read by this version"),
        ("[" * 100_000, "not a drift report"),
        ('"\\ud800"', "not a drift report"),
    ],
)
def test_a_file_that_is_no_report_is_an_error_and_stays(
    text: str, words: str, applied: Path, call_cli: RunCli
) -> None:
    (applied / "last.json").write_text(text)
    ended = call_cli(*NIGHT)
    assert ended.code == 1
    assert words in ended.err
    assert ("without what its cache holds" in ended.err) == (words == "not a drift report")
    assert (applied / "last.json").read_text() == text


def test_a_webhook_is_told_new_drift_once_and_its_end(
    applied: Path, call_cli: RunCli, receiver: Receiver
) -> None:
    night = (*NIGHT, "--webhook", receiver.url)
    assert call_cli(*night).code == 0
    assert receiver.told == []
    change(call_cli, applied, "memory: 4", "memory: 8", "web-2")
    assert call_cli(*night).code == 2
    assert call_cli(*night).code == 0
    assert [event["type"] for event in receiver.told] == [
        "de.centron.ccloud-apply.drift.detected.v1"
    ]
    assert call_cli("apply", "web.yaml", "--auto-approve").code == 0
    assert call_cli(*night).code == 0
    assert [str(event["type"]).split(".")[-2] for event in receiver.told] == [
        "detected",
        "cleared",
    ]


def test_a_webhook_is_told_what_is_not_compared_and_that_is_no_end_of_drift(
    applied: Path, call_cli: RunCli, receiver: Receiver, sandbox_env: dict[str, str]
) -> None:
    night = (*NIGHT, "--webhook", receiver.url)
    change(call_cli, applied, "memory: 4", "memory: 8", "web-2")
    assert call_cli(*night).code == 2
    untold = {"operation": "list_servers", "fault": {"lacks": ["data.memory"]}}
    env = with_faults(sandbox_env, applied, untold)
    assert call_cli(*night, env=env).code == 2
    assert [str(event["type"]).split(".")[-2] for event in receiver.told] == [
        "detected",
        "not_compared",
    ]
    (stack,) = receiver.told[-1]["data"]["stacks"]  # type: ignore[index]
    assert [server["key"] for server in stack["not_compared"]] == ["web-1", "web-2", "web-3"]


def test_an_alarm_that_nobody_got_is_an_error_and_told_again_the_next_night(
    applied: Path, call_cli: RunCli, receiver: Receiver
) -> None:
    night = (*NIGHT, "--webhook", receiver.url)
    assert call_cli(*night).code == 0
    change(call_cli, applied, "memory: 4", "memory: 8", "web-2")
    receiver.status = 500
    ended = call_cli(*night)
    assert ended.code == 1
    assert "was not told: it answered 500" in ended.err
    assert "web-2" in ended.out
    receiver.status = 204
    assert call_cli(*night).code == 2
    assert len(receiver.told) == 1


def test_a_webhook_in_clear_text_is_refused_before_anything_is_read(
    applied: Path, call_cli: RunCli
) -> None:
    ended = call_cli("drift", "web.yaml", "--webhook", "http://alerts.example/s3cret")
    assert ended.code == 1
    assert "clear text" in ended.err
    assert "s3cret" not in ended.err + ended.out


def test_metrics_can_be_read_by_their_collector(applied: Path, call_cli: RunCli) -> None:
    ended = call_cli("drift", "web.yaml", "--format", "prometheus", "--out", "drift.prom")
    assert ended.code == 0
    assert stat.S_IMODE((applied / "drift.prom").stat().st_mode) == 0o644
