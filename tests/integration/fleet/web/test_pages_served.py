"""The fleet's pages over real HTTP: what they show, their forms without a script, their streams."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from ccloud_apply.fleet.store.database import Transaction
from ccloud_apply.fleet.web.live import Pace, Streams
from ccloud_apply.model.documents.saved_plan import encode_saved_plan
from tests.conftest import PATIENCE_S
from tests.support.fleet_rows import (
    NOW,
    add_account,
    add_lease,
    add_plan,
    add_run,
    add_stack,
    insert,
)
from tests.support.render.drifts import full_report
from tests.support.render.parsed_page import Page
from tests.support.render.plans import all_actions
from tests.support.served_page import QUICK, ServedPage, serve_page

HOSTILE = '"><script>alert(1)</script>'
DIGEST = "sha256:" + "ab" * 32


async def _fill(tx: Transaction) -> None:
    await add_account(tx)
    await add_account(tx, "beta", error="cannot sign in", failures=2)
    await add_stack(tx, "web", labels={"tier": "production"})
    await add_stack(tx, "db", "beta", state="drift", state_since=NOW - 60, labels={"tier": "test"})
    await add_stack(tx, "shop", state="proposed", mode="propose")
    await add_stack(tx, "mail", state="failing", why=HOSTILE, failures=3)
    await add_stack(tx, "old", seen_at=NOW - 99_999)
    await add_stack(
        tx, "cache", paused_by="anna", paused_why="<b>moving</b>", paused_until=NOW + 9000
    )
    await add_run(tx, "shop", kind="plan", outcome="proposed")
    document = json.dumps(encode_saved_plan(all_actions(), paths=["web.yaml"], options={}))
    await add_plan(tx, "shop", digest=DIGEST, document=document)
    await add_run(tx, "mail", outcome="failed", error=HOSTILE)
    await add_lease(tx, "web", holder="worker-7")


@pytest.fixture
def page(tmp_path: Path) -> Iterator[ServedPage]:
    """Six stacks in two accounts."""
    with serve_page(tmp_path) as served:
        served.write(_fill)
        yield served


@pytest.fixture
def client(page: ServedPage) -> Iterator[httpx.Client]:
    """A browser without a script."""
    headers = {"accept": "text/html"}
    with httpx.Client(
        base_url=page.url, headers=headers, trust_env=False, timeout=PATIENCE_S
    ) as found:
        yield found


def _names(text: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="/stacks/[^"]*">([^<]*)</a>', text)


def test_the_table_shows_what_needs_somebody_first(client: httpx.Client) -> None:
    answer = client.get("/")
    assert answer.status_code == 200
    assert _names(answer.text) == ["mail", "old", "shop", "db", "cache", "web"]
    assert "<script>alert" not in answer.text
    assert "no-store" in answer.headers["cache-control"]
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    text = " ".join(Page(answer.text).text.split())
    assert "6all stacks" in text
    assert "mailstacks/mail.yaml failing" in text


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("state=drift", ["db"]),
        ("state=clean", ["old", "cache", "web"]),
        ("stale=1", ["old"]),
        ("paused=1", ["cache"]),
        ("account=beta", ["db"]),
        ("label=tier%3Dproduction", ["web"]),
        ("label=tier", ["db", "web"]),
        ("q=CRIPT", ["mail"]),
        ("q=%25", []),
        ("sort=name", ["cache", "db", "mail", "old", "shop", "web"]),
        ("sort=name&desc=1", ["web", "shop", "old", "mail", "db", "cache"]),
        ("state=nonsense&sort=nonsense&page=x", ["mail", "old", "shop", "db", "cache", "web"]),
        ("page=2", []),
    ],
)
def test_an_address_filters_and_sorts(client: httpx.Client, query: str, names: list[str]) -> None:
    answer = client.get(f"/?{query}")
    assert _names(answer.text) == names
    assert answer.status_code == 200
    if not names:
        assert 'href="/">Show all stacks' in answer.text


def test_a_hundred_rows_are_one_page(page: ServedPage, client: httpx.Client) -> None:
    async def add(tx: Transaction) -> None:
        for number in range(200):
            await add_stack(tx, f"many-{number:03}")

    page.write(add)
    first = client.get("/?q=many&sort=name").text
    last = client.get("/?q=many&sort=name&page=2").text
    assert _names(first) == [f"many-{number:03}" for number in range(100)]
    assert _names(last)[-1] == "many-199"
    assert "1 to 100 of 200 stacks" in first
    assert 'rel="next" href="/?q=many&amp;sort=name&amp;page=2"' in first
    assert 'rel="next"' not in last


def test_an_empty_fleet_says_what_comes_next(tmp_path: Path) -> None:
    with serve_page(tmp_path) as served:
        accept = {"accept": "text/html"}
        text = httpx.get(served.url, headers=accept, trust_env=False, timeout=PATIENCE_S).text
    assert "No stack is known yet" in text
    assert "fleet check" in text


def test_the_page_of_a_stack_has_its_plan_file_history_and_buttons(client: httpx.Client) -> None:
    answer = client.get("/stacks/acme/shop")
    text = Page(answer.text).text
    assert "A plan waits for approval" in text
    assert "abababababab" in text
    assert "stack: shop" in text
    assert "plan 1" in text
    assert "Order of the" in text
    assert answer.text.count("<form") == 4
    assert "<style" not in answer.text  # which the page's policy would not allow


def test_a_document_is_made_once_and_one_of_another_version_is_said(
    page: ServedPage, client: httpx.Client
) -> None:
    assert "Order of the" in client.get("/stacks/acme/shop").text
    page.execute("update plan set document = :text", text='{"format_version": "9.0"}')
    assert "Order of the" in client.get("/stacks/acme/shop").text  # documents never change
    page.write(lambda tx: add_plan(tx, "web", digest=DIGEST, document="[]"))
    text = Page(client.get("/stacks/acme/web").text).text
    assert "A plan waits for approval" in text
    assert "so it cannot be approved here" in text


def test_the_page_of_a_stack_shows_its_drift_and_journal(
    page: ServedPage, client: httpx.Client
) -> None:
    from ccloud_apply.render.drift.json_document import render_drift_json

    page.write(
        lambda tx: insert(
            tx,
            "report",
            {
                "run_id": 1,
                "account": "beta",
                "stack": "db",
                "made_at": NOW,
                "document": render_drift_json(full_report()),
            },
        )
    )
    text = Page(client.get("/stacks/beta/db").text).text
    assert "Live against declared" in text
    assert "Drifted" in text
    assert "Missing" in text


def test_a_pause_shows_who_why_and_until(client: httpx.Client) -> None:
    text = client.get("/stacks/acme/cache").text
    assert "Paused by anna until" in text
    assert "&lt;b&gt;moving&lt;/b&gt;" in text
    assert "Resume</button>" in text
    assert "Run now" not in text


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/runs", "failed"),
        ("/runs?outcome=failed", "apply 2"),
        ("/runs/2", "alert(1)"),
        ("/accounts", "cannot sign in"),
        ("/problems", "Every file of every source can be loaded"),
        ("/audit", "Nobody has decided anything yet"),
    ],
)
def test_the_other_pages_answer(client: httpx.Client, path: str, words: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert words in Page(answer.text).text
    assert "<script>alert" not in answer.text


@pytest.mark.parametrize(
    "path", ["/stacks/acme/none", "/stacks/none/web", "/runs/99", "/runs/x", "/nowhere"]
)
def test_what_does_not_exist_is_404_with_the_way_back(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert 'href="/"' in answer.text


def _send(client: httpx.Client, path: str, action: str, **fields: str) -> httpx.Response:
    token = re.search(r'name="form" value="([^"]+)"', client.get(path).text)
    assert token is not None
    return client.post(
        f"{path}/{action}", data={"form": token[1], **fields}, headers={"origin": _origin(client)}
    )


def _origin(client: httpx.Client) -> str:
    return str(client.base_url).rstrip("/")


def test_an_approval_comes_back_to_the_stack_and_says_what_happens(client: httpx.Client) -> None:
    answer = _send(client, "/stacks/acme/shop", "approve", plan=DIGEST)
    assert answer.status_code == 303
    text = Page(client.get(answer.headers["location"]).text).text
    assert "The plan is approved" in text
    assert "Approved, and applied next" in text
    assert "approve" in Page(client.get("/audit").text).text


def test_a_plan_that_cannot_be_shown_is_not_offered_for_approval(
    page: ServedPage, client: httpx.Client
) -> None:
    page.execute("update plan set document = '{}'")
    text = client.get("/stacks/acme/shop").text
    assert "so it cannot be approved here" in text
    assert "/stacks/acme/shop/approve" not in text
    assert "/stacks/acme/shop/reject" in text


@pytest.mark.parametrize(
    ("stack", "action", "fields", "status", "words"),
    [
        ("shop", "approve", {"plan": "sha256:" + "cd" * 32}, 409, "that waits is abababababab"),
        ("shop", "approve", {}, 400, "the form names no plan"),
        ("shop", "approve", {"plan": DIGEST, "allow_destroy": "-1"}, 400, "must be 1 or more"),
        ("shop", "approve", {"plan": DIGEST, "allow_destroy": "9" * 11}, 400, "at most 100,000"),
        ("shop", "reject", {"plan": DIGEST, "reason": "  "}, 400, "a reason is needed"),
        ("web", "approve", {"plan": DIGEST}, 400, "no plan that waits"),
        ("web", "pause", {"reason": "x", "until": "9y"}, 400, "an offered end of the pause"),
        ("web", "pause", {"reason": "", "until": "1d"}, 400, "a reason is needed"),
        ("cache", "run", {}, 400, "is paused by anna"),
        ("web", "explode", {}, 404, "no such page"),
    ],
)
def test_what_cannot_be_decided_is_refused_with_its_reason(
    client: httpx.Client, stack: str, action: str, fields: dict[str, str], status: int, words: str
) -> None:
    answer = _send(client, f"/stacks/acme/{stack}", action, **fields)
    assert answer.status_code == status
    assert words in Page(answer.text).text
    assert "Nobody has decided anything yet" in client.get("/audit").text


def test_pause_resume_reject_and_run_do_what_they_say(
    page: ServedPage, client: httpx.Client
) -> None:
    assert _send(client, "/stacks/acme/web", "pause", reason="later", until="1d").is_redirect
    assert "Paused by local" in client.get("/stacks/acme/web").text
    assert _send(client, "/stacks/acme/web", "resume").is_redirect
    assert "Paused by" not in client.get("/stacks/acme/web").text
    assert _send(client, "/stacks/acme/web", "run").is_redirect
    assert _send(client, "/stacks/acme/shop", "reject", plan=DIGEST, reason="no").is_redirect
    assert "A plan waits" not in client.get("/stacks/acme/shop").text
    assert page.woken == 4
    row = page.write(lambda tx: tx.fetch_one("select due, cause from stack where name = 'web'"))
    assert row == {"due": NOW, "cause": "person"}


def test_the_api_has_what_the_pages_have(client: httpx.Client) -> None:
    status = client.get("/api/v1/status?state=proposed").json()
    assert [one["stack"] for one in status["stacks"]] == ["shop"]
    assert status["stacks"][0]["plan"]["digest"] == DIGEST
    assert len(client.get("/api/v1/status?limit=2&offset=1").json()["stacks"]) == 2
    runs = client.get("/api/v1/history?account=acme&stack=mail").json()["runs"]
    assert [run["id"] for run in runs] == [2]
    assert client.get("/api/v1/runs/1").json()["run"]["outcome"] == "proposed"
    missing = client.get("/api/v1/runs/77")
    assert missing.status_code == 404
    assert missing.json()["errors"][0]["what"] == "there is no run 77"


def test_style_and_script_may_be_kept_and_pages_may_not(client: httpx.Client) -> None:
    text = client.get("/").text
    paths = re.findall(r'(?:href|src)="(/static/fleet\.(?:css|js)\?v=\w+)"', text)
    assert len(paths) == 2
    for path in paths:
        answer = client.get(path)
        assert "immutable" in answer.headers["cache-control"]
        assert "set-cookie" not in answer.headers
    assert "immutable" not in client.get("/static/fleet.css").headers["cache-control"]


def test_a_database_that_is_away_is_said_and_the_next_request_finds_it_again(
    page: ServedPage, client: httpx.Client
) -> None:
    page.execute("alter table stack rename to stack_away")
    answer = client.get("/")
    assert answer.status_code == 503
    assert "the database" in answer.text
    assert client.get("/api/v1/status").json()["errors"]
    page.execute("alter table stack_away rename to stack")
    assert client.get("/").status_code == 200


def _stream_of(client: httpx.Client, path: str) -> str:
    found = re.search(r'data-events="([^"]+)"', client.get(path).text)
    assert found is not None
    return found[1].replace("&amp;", "&")


@contextmanager
def _follow(
    client: httpx.Client, address: str, headers: dict[str, str] | None = None
) -> Iterator[Iterator[str]]:
    """The lines of a stream that has looked once: it tells each later change by itself."""
    with client.stream("GET", address, headers=headers) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = stream.iter_lines()
        assert next(lines).startswith("retry: ")
        yield lines


def _read_event(lines: Iterator[str]) -> tuple[str, dict[str, Any]]:
    """The next event: its id, and the parts that it has."""
    id = ""
    for line in lines:
        if line.startswith("id: "):
            id = line[4:]
        elif line.startswith("data: "):
            return id, json.loads(line[6:])
    raise AssertionError("the stream has ended")


def test_a_stream_sends_changed_rows_alone(page: ServedPage, client: httpx.Client) -> None:
    address = _stream_of(client, "/?sort=name")
    with _follow(client, address) as lines:
        page.execute("update lease set until = until + 5")  # renewed: no news
        page.execute(
            "update stack set seen_at = seen_at + 1, why = :why where name = 'db'",
            why="\nid: 7\n<img src=x>",
        )
        id, parts = _read_event(lines)
        assert len(parts) == 1
        ((name, html),) = parts.items()
        assert html.startswith(f'<tr id="{name}">')
        assert "\\n" in html
        assert "<img" not in html
        page.execute("update stack set state = 'held' where name = 'web'")
        _, parts = _read_event(lines)
        assert set(parts) >= {"counts"}
        assert len(parts) == 2
    # A page that has missed nothing is told nothing; one that has missed it gets all.
    with _follow(client, address, {"last-event-id": id}) as lines:
        _, parts = _read_event(lines)
        assert len(parts) == 9


def test_a_fleet_without_a_worker_is_told_on_every_page_and_at_once(
    page: ServedPage, client: httpx.Client
) -> None:
    idle = "Nothing is running: no worker has looked for due work"
    assert idle not in client.get("/").text
    with _follow(client, _stream_of(client, "/")) as lines:
        page.execute("update tick set ticked_at = ticked_at - 31")
        _, parts = _read_event(lines)
        assert parts.keys() == {"tick"}
        assert f"{idle} since" in parts["tick"]
    for path in ("/", "/stacks/acme/web", "/runs", "/accounts"):
        assert f"{idle} since" in client.get(path).text
    page.execute("delete from tick")
    assert f"{idle} yet" in client.get("/").text


def test_a_stack_that_has_left_the_view_stays_in_the_table_and_says_so(
    page: ServedPage, client: httpx.Client
) -> None:
    with _follow(client, _stream_of(client, "/?state=drift")) as lines:
        page.execute("update stack set state = 'clean' where name = 'db'")
        _, parts = _read_event(lines)
        assert "This list has changed" in parts["pages"]
        assert any("is-clean" in html for id, html in parts.items() if id.startswith("s"))


@pytest.mark.parametrize("path", ["/", "/?q=late"])
def test_a_page_without_a_row_is_told_of_the_first_one_that_came_before_its_stream(
    tmp_path: Path, path: str
) -> None:
    with (
        serve_page(tmp_path) as served,
        httpx.Client(
            base_url=served.url, headers={"accept": "text/html"}, trust_env=False
        ) as client,
    ):
        address = _stream_of(client, path)

        async def add(tx: Transaction) -> None:
            await add_account(tx)
            await add_stack(tx, "late")

        served.write(add)
        with _follow(client, address) as lines:
            _, parts = _read_event(lines)
            assert "This list has changed" in parts["pages"]


def test_the_page_of_a_stack_and_of_a_run_follow_it(page: ServedPage, client: httpx.Client) -> None:
    run = page.write(
        lambda tx: add_run(tx, "shop", ended=None, outcome=None, counts=None, requests=None)
    )
    stack_stream = _stream_of(client, "/stacks/acme/shop")
    run_stream = _stream_of(client, f"/runs/{run}")
    with _follow(client, stack_stream) as lines:
        page.execute("update stack set state = 'clean' where name = 'shop'")
        _, parts = _read_event(lines)
        assert "is-clean" in parts["head"]
        assert "plan" not in parts
        assert "actions" not in parts
        page.execute("update stack set paused_by = 'anna', paused_why = 'x' where name = 'shop'")
        _, parts = _read_event(lines)
        assert "Resume" in parts["actions"]
    with _follow(client, run_stream) as lines:
        page.execute(
            "update run set ended = :now, outcome = 'applied' where id = :run", now=NOW, run=run
        )
        _, parts = _read_event(lines)
        assert "is-applied" in parts["run"]
    assert "data-events" not in client.get(f"/runs/{run}").text


def test_a_page_that_was_closed_leaves_room_for_another(tmp_path: Path) -> None:
    streams = Streams(pace=QUICK, most=1)
    with (
        serve_page(tmp_path, streams=streams) as served,
        httpx.Client(base_url=served.url, trust_env=False, timeout=PATIENCE_S) as client,
    ):
        assert client.head("/events/").status_code == 200
        assert streams.open == 0
        with client.stream("GET", "/events/") as stream:
            lines = stream.iter_lines()  # kept: one that nobody has is closed, and its stream too
            next(lines)
            assert streams.open == 1
        deadline = time.monotonic() + PATIENCE_S
        while streams.open and time.monotonic() < deadline:
            assert client.get("/runs").status_code == 200  # which gives the server a moment
        assert streams.open == 0


def test_streams_end_with_the_server_and_are_bounded(tmp_path: Path) -> None:
    streams = Streams(pace=QUICK, most=1)
    with serve_page(tmp_path, streams=streams) as served:
        served.write(_fill)
        with httpx.Client(base_url=served.url, trust_env=False, timeout=PATIENCE_S) as client:
            with client.stream("GET", "/events/") as stream:
                lines = stream.iter_lines()
                next(lines)
                assert client.get("/events/runs").status_code == 503
                served.call(streams.stop)
                assert list(lines)[-1] == ""
            assert client.get("/events/").status_code == 503


def test_a_quiet_stream_gives_signs_of_life(tmp_path: Path) -> None:
    pace = Pace(look_s=0.01, sign_s=0.02, life_s=600.0)
    with (
        serve_page(tmp_path, streams=Streams(pace=pace)) as served,
        httpx.Client(base_url=served.url, trust_env=False, timeout=PATIENCE_S) as client,
        _follow(client, "/events/runs") as lines,
    ):
        assert ": still here" in lines


def test_a_stream_ends_after_a_while(tmp_path: Path) -> None:
    pace = Pace(look_s=0.01, sign_s=600.0, life_s=0.05)
    with serve_page(tmp_path, streams=Streams(pace=pace)) as served:
        answer = httpx.get(f"{served.url}/events/runs", trust_env=False, timeout=PATIENCE_S)
    assert answer.text.startswith("retry: ")
