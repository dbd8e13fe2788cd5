"""Sign-in by OpenID Connect against a strict issuer, and against a dishonest one."""

import base64
import json
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey, OctKey

from ccloud_apply.errors import UsageError
from ccloud_apply.fleet.model.config import Oidc, WebConfig
from ccloud_apply.fleet.web.auth import oidc
from ccloud_apply.fleet.web.auth.entrance import open_entrance
from ccloud_apply.fleet.web.auth.failures import MOST, WINDOW_S
from ccloud_apply.home import install_hint
from ccloud_apply.model.declared.reference import Reference
from tests.conftest import PATIENCE_S
from tests.support.issuer import (
    CLIENT_ID,
    CLIENT_SECRET,
    StrictIssuer,
    answer_query,
    serve_issuer,
)
from tests.support.web import Page, make_config, open_page, run

URL = "http://127.0.0.1:8090"
COOKIE = "fleet-sign-in"


@pytest.fixture
def issuer(monkeypatch: pytest.MonkeyPatch) -> Iterator[StrictIssuer]:
    monkeypatch.setattr(oidc, "TIMEOUT_S", float(PATIENCE_S))
    with serve_issuer() as found:
        found.redirect = f"{URL}/sign-in/oidc/callback"
        yield found


def web_of(issuer: StrictIssuer, **options: Any) -> WebConfig:
    given = Oidc(
        issuer=issuer.url,
        client_id=CLIENT_ID,
        client_secret=Reference("env", "OIDC_SECRET", "fleet.yaml", is_secret=True),
        **options,
    )
    roles = {"see": ("*",), "approve": ("group:ops@customer-a",)}
    return WebConfig(url=URL, oidc=given, roles=roles)


@asynccontextmanager
async def open_with(
    folder: Path, issuer: StrictIssuer, **options: Any
) -> AsyncIterator[tuple[Page, httpx.AsyncClient]]:
    web = web_of(issuer, **options)
    async with (
        open_page(folder, web, oidc_secret=CLIENT_SECRET) as page,
        page.client() as client,
    ):
        yield page, client


async def begin(client: httpx.AsyncClient, place: str = "/stacks/customer-a") -> str:
    answer = await client.get("/sign-in/oidc", params={"next": place})
    assert answer.status_code == 303
    return answer.headers["location"]


async def who(client: httpx.AsyncClient) -> str | None:
    answer = await client.get("/api/v1/status")
    return answer.json()["who"] if answer.status_code == 200 else None


def test_a_person_signs_in_and_gets_where_they_wanted(tmp_path: Path, issuer: StrictIssuer) -> None:
    async def work() -> None:
        issuer.claims = {"groups": ["ops", "dev"]}
        async with open_with(tmp_path, issuer) as (page, client):
            assert (await client.get("/")).headers["location"] == "/sign-in"
            assert "/sign-in/oidc" in (await client.get("/sign-in")).text
            query = issuer.approve(await begin(client))
            answer = await client.get(answer_query(query))
            assert answer.headers["location"] == "/stacks/customer-a"
            assert await who(client) == "anna"
            assert client.cookies.get(COOKIE) is None
            form = (await client.get("/")).text.split()[1]
            for account, status in (("customer-a", 200), ("customer-b", 403)):
                answer = await client.post(f"/decide/{account}", data={"form": form})
                assert answer.status_code == status
            # A second person needs neither the discovery nor the keys again.
            async with page.client() as other:
                issuer.claims = {"preferred_username": "bert", "groups": "ops"}
                await other.get(answer_query(issuer.approve(await begin(other))))
                assert await who(other) == "bert"
            for path in ("/.well-known/openid-configuration", "/keys"):
                assert issuer.requests.count(path) == 1

    run(work)


def test_a_code_and_an_answer_count_once(tmp_path: Path, issuer: StrictIssuer) -> None:
    async def work() -> None:
        async with open_with(tmp_path, issuer) as (page, client):
            query = issuer.approve(await begin(client))
            flow = client.cookies[COOKIE]
            await client.get(answer_query(query))
            async with page.client() as thief:
                answer = await thief.get(answer_query(query))
                assert answer.status_code == 401
                thief.cookies.set(COOKIE, flow)
                answer = await thief.get(answer_query(query))
                assert answer.status_code == 401
                assert await who(thief) is None
            assert issuer.refused == ["invalid_grant"]

    run(work)


def test_an_answer_of_another_sign_in_is_refused(tmp_path: Path, issuer: StrictIssuer) -> None:
    """An attacker sends their own code to a victim, who would be signed in as the attacker."""

    async def work() -> None:
        async with open_with(tmp_path, issuer) as (page, victim), page.client() as attacker:
            own = issuer.approve(await begin(attacker))
            assert (await victim.get(answer_query(own))).status_code == 401
            begun = issuer.approve(await begin(victim))
            assert (await victim.get(answer_query(own))).status_code == 401
            mixed = {**own, "state": begun["state"]}
            await begin(victim)
            assert (await victim.get(answer_query(mixed))).status_code == 401
            assert await who(victim) is None

    run(work)


@pytest.mark.parametrize(
    "change",
    [
        {"state": "x"},
        {"state": ""},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"code": "wrong"},
        {"code": ""},
        {"error": "access_denied", "error_description": "<script>"},
    ],
)
def test_an_answer_that_was_changed_is_refused(
    tmp_path: Path, issuer: StrictIssuer, change: dict[str, str | None]
) -> None:
    async def work() -> None:
        async with open_with(tmp_path, issuer) as (_, client):
            query = {**issuer.approve(await begin(client)), **change}
            kept = {name: text for name, text in query.items() if text is not None}
            answer = await client.get(answer_query(kept))
            assert answer.status_code == 401
            assert "<script>" not in answer.text
            assert 'role="alert"' in answer.text
            assert await who(client) is None

    run(work)


LATER = int(time.time()) + 10**6
BAD_CLAIMS: list[dict[str, Any]] = [
    {"iss": "https://evil.example"},
    {"iss": None},
    {"aud": "another"},
    {"aud": ["another", CLIENT_ID], "azp": "another"},
    {"aud": None},
    {"exp": 1_000_000_000},
    {"exp": None},
    {"iat": LATER, "exp": LATER + 60},
    {"nonce": "replayed"},
    {"nonce": None},
    {"sub": None},
    {"preferred_username": None},
    {"preferred_username": ""},
    {"preferred_username": ["anna"]},
    {"preferred_username": "token:ci"},
    {"preferred_username": "a\nb"},
]


@pytest.mark.parametrize("claims", BAD_CLAIMS)
def test_an_id_token_with_claims_that_are_not_for_us_is_refused(
    tmp_path: Path, issuer: StrictIssuer, claims: dict[str, Any]
) -> None:
    async def work() -> None:
        issuer.claims = claims
        async with open_with(tmp_path, issuer) as (_, client):
            answer = await client.get(answer_query(issuer.approve(await begin(client))))
            assert answer.status_code == 401
            assert CLIENT_SECRET not in answer.text
            assert "access-s3cret" not in answer.text
            assert await who(client) is None

    run(work)


@pytest.mark.parametrize("forged", ["none", "secret", "public key", "another key"])
def test_an_id_token_that_the_issuer_has_not_signed_is_refused(
    tmp_path: Path, issuer: StrictIssuer, forged: str
) -> None:
    async def work() -> None:
        if forged == "none":
            issuer.algorithm = "none"
        elif forged == "secret":
            issuer.algorithm = "HS256"
            issuer.signing_key = OctKey.import_key(CLIENT_SECRET * 3)
        elif forged == "public key":
            issuer.algorithm = "HS256"
            issuer.signing_key = OctKey.import_key(issuer.key.as_pem(private=False).hex())
        else:
            issuer.signing_key = ECKey.generate_key("P-256", {"kid": "1"})
        async with open_with(tmp_path, issuer) as (_, client):
            answer = await client.get(answer_query(issuer.approve(await begin(client))))
            assert answer.status_code == 401
            assert await who(client) is None

    run(work)


def test_an_issuer_that_changes_its_key_is_asked_again(
    tmp_path: Path, issuer: StrictIssuer
) -> None:
    async def work() -> None:
        async with open_with(tmp_path, issuer) as (_, client):
            await client.get(answer_query(issuer.approve(await begin(client))))
            issuer.key = ECKey.generate_key("P-256", {"kid": "1"})
            issuer.key = ECKey.import_key({**issuer.key.as_dict(private=True), "kid": "2"})
            issuer.key_id = "2"
            issuer.claims = {"preferred_username": "bert"}
            await client.get(answer_query(issuer.approve(await begin(client))))
            assert await who(client) == "bert"
            assert issuer.requests.count("/keys") == 2

    run(work)


def test_groups_that_are_not_in_the_token_are_asked_for(
    tmp_path: Path, issuer: StrictIssuer
) -> None:
    async def work() -> None:
        async with open_with(tmp_path, issuer) as (_, client):
            for sub, status in (("42", 200), ("43", 403)):  # the second is about someone else
                issuer.userinfo = {"sub": sub, "groups": ["ops"], "preferred_username": "eve"}
                await client.get(answer_query(issuer.approve(await begin(client))))
                assert await who(client) == "anna"
                form = (await client.get("/")).text.split()[1]
                answer = await client.post("/decide/customer-a", data={"form": form})
                assert answer.status_code == status

    run(work)


def test_a_mail_address_counts_as_a_name_once_it_is_verified(
    tmp_path: Path, issuer: StrictIssuer
) -> None:
    async def work() -> None:
        async with open_with(tmp_path, issuer, name_claim="email") as (_, client):
            for is_verified in (None, False, "true"):
                issuer.claims = {"email": "anna@example.com", "email_verified": is_verified}
                answer = await client.get(answer_query(issuer.approve(await begin(client))))
                assert answer.status_code == 401
            issuer.claims = {"email": "anna@example.com", "email_verified": True}
            await client.get(answer_query(issuer.approve(await begin(client))))
            assert await who(client) == "anna@example.com"

    run(work)


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"issuer": "https://evil.example"}, "itself another address"),
        ({"token_endpoint": "ftp://evil.example/token"}, "token_endpoint is not a URL"),
        ({"jwks_uri": None}, "jwks_uri is not a URL"),
        ({"jwks_uri": "https://[evil"}, "jwks_uri is not a URL"),
        ({"userinfo_endpoint": "ftp://evil.example/me"}, "userinfo_endpoint is not a URL"),
        ({"id_token_signing_alg_values_supported": 5}, "configuration cannot be read"),
        ({"id_token_signing_alg_values_supported": ["HS256", ["x"]]}, "with none of RS256, "),
        ({"token_endpoint_auth_methods_supported": 5}, "configuration cannot be read"),
    ],
)
def test_an_issuer_that_says_strange_things_is_not_used(
    tmp_path: Path, issuer: StrictIssuer, metadata: dict[str, Any], expected: str
) -> None:
    async def work() -> None:
        issuer.metadata = metadata
        async with open_with(tmp_path, issuer) as (_, client):
            answer = await client.get("/sign-in/oidc")
            assert answer.status_code == 502
            assert expected in answer.text

    run(work)


def test_an_issuer_that_wants_the_secret_in_the_body_gets_it_there(
    tmp_path: Path, issuer: StrictIssuer
) -> None:
    async def work() -> None:
        issuer.metadata = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
        async with open_with(tmp_path, issuer) as (_, client):
            await client.get(answer_query(issuer.approve(await begin(client))))
            assert await who(client) == "anna"

    run(work)


def test_an_issuer_that_is_down_is_named_and_asked_again_later(
    tmp_path: Path, issuer: StrictIssuer
) -> None:
    async def work() -> None:
        async with open_with(tmp_path, issuer) as (_, client):
            issuer.is_down = True
            answer = await client.get("/sign-in/oidc")
            assert answer.status_code == 502
            assert "The issuer cannot be reached" in answer.text
            issuer.is_down = False
            issuer.approve(await begin(client))

    run(work)


@pytest.mark.parametrize("cookie", ["", "x", "e30", "W10", "ImEi", "bnVsbA", "AAAA" * 200])
def test_a_cookie_that_is_no_sign_in_is_refused(
    tmp_path: Path, issuer: StrictIssuer, cookie: str
) -> None:
    async def work() -> None:
        async with open_with(tmp_path, issuer) as (_, client):
            query = issuer.approve(await begin(client))
            client.cookies.clear()
            client.cookies.set(COOKIE, cookie)
            assert (await client.get(answer_query(query))).status_code == 401

    run(work)


def test_a_cookie_with_half_a_character_is_refused(tmp_path: Path, issuer: StrictIssuer) -> None:
    async def work() -> None:
        keys = ("state", "nonce", "verifier", "place", "redirect")
        flow = {**dict.fromkeys(keys, "\ud800"), "at": time.time()}
        async with open_with(tmp_path, issuer) as (_, client):
            query = issuer.approve(await begin(client))
            client.cookies.clear()
            cookie = base64.urlsafe_b64encode(json.dumps(flow).encode()).decode()
            client.cookies.set(COOKIE, cookie.rstrip("="))
            assert (await client.get(answer_query(query))).status_code == 401

    run(work)


def test_who_has_no_role_can_sign_in_as_someone_else(tmp_path: Path, issuer: StrictIssuer) -> None:
    async def work() -> None:
        web = replace(web_of(issuer), roles={"see": ("user:bert",)})
        async with (
            open_page(tmp_path, web, oidc_secret=CLIENT_SECRET) as page,
            page.client() as client,
        ):
            await client.get(answer_query(issuer.approve(await begin(client))))
            answer = await client.get("/")
            assert answer.status_code == 403
            assert "anna has no role here" in answer.text
            assert (await client.get("/sign-in")).status_code == 200
            issuer.claims = {"preferred_username": "bert"}
            await client.get(answer_query(issuer.approve(await begin(client))))
            assert await who(client) == "bert"

    run(work)


def test_made_up_answers_do_not_flood_the_issuer(tmp_path: Path, issuer: StrictIssuer) -> None:
    async def work() -> None:
        async with open_with(tmp_path, issuer) as (page, client), page.client() as attacker:
            query = issuer.approve(await begin(client))
            await begin(attacker)
            flow = attacker.cookies[COOKIE]
            state = json.loads(base64.urlsafe_b64decode(flow + "=="))["state"]
            for _ in range(3 * MOST):
                attacker.cookies.clear()
                attacker.cookies.set(COOKIE, flow)
                made_up = {"code": "guess", "state": state, "iss": issuer.url}
                answer = await attacker.get(answer_query(made_up))
                assert answer.status_code in (401, 429)
            assert issuer.requests.count("/token") == MOST
            page.moment[0] += WINDOW_S
            await client.get(answer_query(query))
            assert await who(client) == "anna"

    run(work)


def test_without_an_address_the_page_is_come_back_to_by_its_own_name(
    tmp_path: Path, issuer: StrictIssuer
) -> None:
    async def work() -> None:
        web = replace(web_of(issuer), url=None)
        issuer.redirect = "http://localhost:8090/sign-in/oidc/callback"
        async with (
            open_page(tmp_path, web, oidc_secret=CLIENT_SECRET) as page,
            page.client(url="http://localhost:8090") as client,
        ):
            await client.get(answer_query(issuer.approve(await begin(client))))
            assert await who(client) == "anna"
            foreign = {"host": "evil.example"}
            assert (await client.get("/sign-in/oidc", headers=foreign)).status_code == 421

    run(work)


def test_oidc_needs_its_secret(tmp_path: Path, issuer: StrictIssuer) -> None:
    with pytest.raises(UsageError, match=r"web\.auth\.oidc needs its client secret"):
        open_entrance(make_config(web_of(issuer)), database=None)  # type: ignore[arg-type]


def test_oidc_without_its_library_names_the_extra(
    issuer: StrictIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "authlib", None)
    with pytest.raises(UsageError, match=r"web\.auth\.oidc needs Authlib") as raised:
        open_entrance(make_config(web_of(issuer)), None, oidc_secret="x")  # type: ignore[arg-type]
    assert raised.value.hint == install_hint("fleet-oidc")
