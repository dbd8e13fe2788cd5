"""Hooks of repositories' hosts: signed ones let their source be polled, and nothing else."""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ccloud_apply.errors import UnreadableReferenceError
from ccloud_apply.fleet.model.config import SourceConfig, WebConfig
from ccloud_apply.fleet.store.database import Database
from ccloud_apply.fleet.web.hooks.routes import MAX_BODY_BYTES, SECRETS_S, Hooks
from ccloud_apply.model.declared.reference import Reference
from tests.support.web import hashed, open_page, run

NOW = 1_800_000_000.0
FAR = NOW + 300


def reference(name: str) -> Reference:
    return Reference("env", name, "fleet.yaml", is_secret=True)


A = SourceConfig(
    name="a",
    git="https://git.example.com/ops/a.git",
    ref="main",
    webhook_secret=reference("SECRET_A"),
)
A_DEV = replace(A, name="a-dev", ref="dev")
B = SourceConfig(
    name="b", git="git@git.example.com:ops/b.git", webhook_secret=reference("SECRET_B")
)
OPEN = SourceConfig(name="open", git="https://git.example.com/ops/open.git")
SOURCES = (A, A_DEV, B, OPEN)
SECRETS = {"SECRET_A": "alpha", "SECRET_B": "beta"}


class Secrets:
    """Gives the secrets, and counts how often it was asked."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = dict(values)
        self.asked = 0

    async def read(self, reference: Reference) -> str:
        self.asked += 1
        try:
            return self.values[reference.name]
        except KeyError:
            raise UnreadableReferenceError(f"{reference.name} is not set") from None


def hooks_of(secrets: Secrets, moment: list[float] | None = None) -> Callable[[Database], Hooks]:
    clock = moment or [0.0]
    return lambda database: Hooks(
        sources=SOURCES,
        database=database,
        read_secret=secrets.read,
        now=lambda: NOW,
        monotonic=lambda: clock[0],
    )


def body_of(name: str, branch: str = "main") -> bytes:
    repository = {"clone_url": f"https://git.example.com/ops/{name}.git", "default_branch": "main"}
    return json.dumps({"ref": f"refs/heads/{branch}", "repository": repository}).encode()


def signed(body: bytes, secret: str) -> dict[str, str]:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"x-hub-signature-256": f"sha256={digest}", "x-github-event": "push"}


async def add_sources(database: Database, *, polled_at: float | None = None) -> None:
    async with database.write() as tx:
        for source in SOURCES:
            await tx.execute(
                "insert into source (name, poll_every, due, polled_at, queued_until)"
                " values (:name, 300, :due, :polled_at, :queued)",
                name=source.name,
                due=FAR,
                polled_at=polled_at,
                queued=NOW + 60,
            )


async def due_of(database: Database) -> dict[str, float]:
    async with database.read() as tx:
        rows = await tx.fetch("select name, due from source")
    return {row["name"]: row["due"] for row in rows if row["due"] != FAR}


def test_the_tick_is_woken_by_a_hook_that_counts_alone(tmp_path: Path) -> None:
    woken: list[str] = []

    def hooks(database: Database) -> Hooks:
        found = hooks_of(Secrets(SECRETS))(database)
        return replace(found, wake=lambda: woken.append("now"))

    async def work() -> None:
        async with (
            open_page(tmp_path, WebConfig(), hooks=hooks, now=lambda: NOW) as page,
            page.client(headers={}) as client,
        ):
            await add_sources(page.database)
            body = body_of("a")
            await client.post("/hooks/github", content=body, headers=signed(body, "other"))
            assert woken == []
            await client.post("/hooks/github", content=body, headers=signed(body, "alpha"))
            assert woken == ["now"]

    run(work)


def test_a_signed_push_lets_the_source_of_its_branch_be_polled(tmp_path: Path) -> None:
    async def work() -> None:
        hooks = hooks_of(Secrets(SECRETS))
        async with (
            open_page(tmp_path, WebConfig(), hooks=hooks, now=lambda: NOW) as page,
            page.client(headers={}) as client,
        ):
            await add_sources(page.database)
            body = body_of("a")
            answer = await client.post("/hooks/github", content=body, headers=signed(body, "alpha"))
            assert answer.status_code == 202
            assert answer.json() == {"format_version": "1.0", "sources": ["a"]}
            assert await due_of(page.database) == {"a": NOW}
            async with page.database.read() as tx:
                row = await tx.fetch_one("select queued_until from source where name = 'a'")
            assert row is not None
            assert row["queued_until"] is None

    run(work)


def wrong_ones() -> list[tuple[str, bytes, dict[str, str]]]:
    a, b = body_of("a"), body_of("b")
    right = signed(a, "alpha")
    return [
        ("github", a, {}),
        ("github", a, signed(a, "wrong")),
        ("github", a, signed(a, "")),
        ("github", a + b" ", right),
        ("github", b, right),
        ("gitlab", a, right),
        ("gitea", a, right),
        ("gitlab", a, {"x-gitlab-token": ""}),
        ("gitlab", a, {"x-gitlab-token": "alph"}),
        ("github", b"not json", {}),
    ]


@pytest.mark.parametrize(("host", "body", "headers"), wrong_ones())
def test_a_hook_without_a_valid_signature_is_401_and_does_nothing(
    tmp_path: Path, host: str, body: bytes, headers: dict[str, str]
) -> None:
    async def work() -> None:
        hooks = hooks_of(Secrets(SECRETS))
        async with (
            open_page(tmp_path, WebConfig(), hooks=hooks, now=lambda: NOW) as page,
            page.client(headers={}) as client,
        ):
            await add_sources(page.database)
            answer = await client.post(f"/hooks/{host}", content=body, headers=headers)
            assert answer.status_code == 401
            assert await due_of(page.database) == {}
            assert "alpha" not in answer.text

    run(work)


def test_the_secret_of_one_source_wakes_no_other(tmp_path: Path) -> None:
    async def work() -> None:
        hooks = hooks_of(Secrets(SECRETS))
        async with (
            open_page(tmp_path, WebConfig(), hooks=hooks, now=lambda: NOW) as page,
            page.client(headers={}) as client,
        ):
            await add_sources(page.database)
            for name, secret in (("b", "alpha"), ("open", "alpha"), ("unknown", "beta")):
                body = body_of(name)
                headers = signed(body, secret)
                answer = await client.post("/hooks/github", content=body, headers=headers)
                assert answer.json()["sources"] == []
            assert await due_of(page.database) == {}

    run(work)


@pytest.mark.parametrize(
    ("host", "headers"),
    [
        ("gitlab", {"x-gitlab-token": "beta"}),
        ("gitea", {"x-gitea-signature": signed(body_of("b"), "beta")["x-hub-signature-256"][7:]}),
        (
            "forgejo",
            {"x-forgejo-signature": signed(body_of("b"), "beta")["x-hub-signature-256"][7:]},
        ),
    ],
)
def test_each_host_has_its_own_way_to_sign(
    tmp_path: Path, host: str, headers: dict[str, str]
) -> None:
    async def work() -> None:
        hooks = hooks_of(Secrets(SECRETS))
        # Nobody signs in to send a hook, and the name by which it comes does not matter.
        web = WebConfig(tokens=(hashed("ci", "s3cret"),))
        async with (
            open_page(tmp_path, web, hooks=hooks, now=lambda: NOW) as page,
            page.client(headers={"host": "hooks.example"}) as client,
        ):
            await add_sources(page.database)
            answer = await client.post(f"/hooks/{host}", content=body_of("b"), headers=headers)
            assert answer.json()["sources"] == ["b"]
            assert (await client.get(f"/hooks/{host}")).status_code == 405

    run(work)


def test_hooks_that_come_again_are_one_poll(tmp_path: Path) -> None:
    async def work() -> None:
        moment = [NOW]
        hooks = hooks_of(Secrets(SECRETS))
        async with (
            open_page(tmp_path, WebConfig(), hooks=hooks, now=lambda: moment[0]) as page,
            page.client(headers={}) as client,
        ):
            await add_sources(page.database, polled_at=NOW - 1)
            body = body_of("a")

            async def send() -> Any:
                headers = signed(body, "alpha")
                answer = await client.post("/hooks/github", content=body, headers=headers)
                assert answer.status_code == 202
                return await due_of(page.database)

            assert await send() == {"a": NOW + 4}
            moment[0] += 3
            assert await send() == {"a": NOW + 4}
            moment[0] += 20
            assert await send() == {"a": NOW + 4}

    run(work)


def test_a_hook_that_is_too_long_or_no_json_is_refused_and_a_trial_is_not(tmp_path: Path) -> None:
    async def work() -> None:
        hooks = hooks_of(Secrets(SECRETS))
        async with (
            open_page(tmp_path, WebConfig(), hooks=hooks, now=lambda: NOW) as page,
            page.client(headers={}) as client,
        ):
            body = b"x" * (MAX_BODY_BYTES + 1)
            answer = await client.post("/hooks/github", content=body, headers=signed(body, "alpha"))
            assert answer.status_code == 413
            body = b"payload=%7B%7D"
            answer = await client.post("/hooks/github", content=body, headers=signed(body, "alpha"))
            assert answer.status_code == 400
            assert "application/json" in answer.text
            body = b'{"zen": "Keep it logically awesome."}'
            answer = await client.post("/hooks/github", content=body, headers=signed(body, "alpha"))
            assert answer.json()["sources"] == []

    run(work)


def test_secrets_are_read_once_a_while_and_one_that_is_missing_holds_no_other(
    tmp_path: Path,
) -> None:
    async def work() -> None:
        moment = [0.0]
        secrets = Secrets({"SECRET_B": "beta"})
        hooks = hooks_of(secrets, moment)
        async with (
            open_page(tmp_path, WebConfig(), hooks=hooks, now=lambda: NOW) as page,
            page.client(headers={}) as client,
        ):
            await add_sources(page.database)

            async def send(secret: str) -> int:
                body = body_of("b")
                headers = signed(body, secret)
                return (
                    await client.post("/hooks/github", content=body, headers=headers)
                ).status_code

            for secret, status in (("beta", 202), ("wrong", 401), ("beta", 202)):
                assert await send(secret) == status
            assert secrets.asked == 3  # one for each source that has a secret
            secrets.values["SECRET_B"] = "gamma"
            moment[0] += SECRETS_S
            assert await send("beta") == 401
            assert await send("gamma") == 202

    run(work)
