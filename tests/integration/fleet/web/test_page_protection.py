"""What stands in front of the page: names, headers, sign-in, roles and forms."""

from pathlib import Path

import pytest

from ccloud_apply.fleet.model.config import ProxyAuth, WebConfig
from ccloud_apply.fleet.web.auth.failures import MOST, WINDOW_S, Failures
from ccloud_apply.fleet.web.guard.forms import MAX_FORM_BYTES
from tests.support.web import BROWSER, hashed, open_page, run, token_of_form

TOKENS = WebConfig(
    tokens=(
        hashed("ci", "s3cret", "see"),
        hashed("ops", "t0ken", "approve@customer-a"),
        hashed("none", "useless", "see@customer-b"),
    )
)
PROXY = WebConfig(
    proxy=ProxyAuth(addresses=("10.0.0.5", "fd00::/8"), groups_header="X-Forwarded-Groups"),
    roles={"see": ("*",), "approve": ("group:ops@customer-a", "user:anna")},
)
FORM = {"content-type": "application/x-www-form-urlencoded"}


def test_every_answer_has_the_headers_also_refusals(tmp_path: Path) -> None:
    async def work() -> None:
        async with open_page(tmp_path, TOKENS) as page, page.client() as client:
            for path in ("/sign-in", "/", "/nowhere", "/api/v1/status", "/healthz"):
                headers = (await client.get(path)).headers
                assert "default-src 'none'" in headers["content-security-policy"]
                assert "unsafe" not in headers["content-security-policy"]
                assert headers["x-frame-options"] == "DENY"
                assert headers["x-content-type-options"] == "nosniff"
                assert headers["referrer-policy"] == "same-origin"
                assert headers["cache-control"] == "no-store"
                assert "strict-transport-security" not in headers
            kept = (await client.get("/static/fleet.css")).headers
            assert kept["cache-control"] == "max-age=3600"
            assert "set-cookie" not in kept

    run(work)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8090", 200),
        ("localhost:8090", 200),
        ("LOCALHOST.", 200),
        ("[::1]:8090", 200),
        ("fleet.localhost:8090", 200),
        ("192.0.2.7", 200),
        ("fleet.example.net", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("localhost.evil.example", 421),
        ("evil.example:8090", 421),
        ("user@localhost", 421),
        ("localhost:port", 421),
        ("[::1", 421),
        ("", 421),
    ],
)
def test_a_foreign_name_that_leads_here_is_refused(tmp_path: Path, host: str, status: int) -> None:
    async def work() -> None:
        web = WebConfig(hosts=("fleet.example.net",))
        async with open_page(tmp_path, web) as page, page.client() as client:
            answer = await client.get("/api/v1/status", headers={"host": host})
            assert answer.status_code == status
            if status == 421:
                assert "web.hosts" in answer.json()["errors"][0]["hint"]
            assert (await client.get("/healthz", headers={"host": host})).status_code == 200

    run(work)


def test_a_page_without_sign_in_knows_nobody_and_trusts_no_header(tmp_path: Path) -> None:
    async def work() -> None:
        async with open_page(tmp_path, WebConfig()) as page, page.client() as client:
            answer = await client.get("/api/v1/status", headers={"x-forwarded-user": "anna"})
            assert answer.json() == {"who": "local"}

    run(work)


def test_nobody_gets_in_without_a_token(tmp_path: Path) -> None:
    async def work() -> None:
        async with open_page(tmp_path, TOKENS) as page, page.client() as client:
            page_answer = await client.get("/stacks/customer-a?sort=age")
            assert page_answer.status_code == 303
            assert (
                page_answer.headers["location"] == "/sign-in?next=/stacks/customer-a%3Fsort%3Dage"
            )
            api = await client.get("/api/v1/status")
            assert api.status_code == 401
            assert api.headers["www-authenticate"] == "Bearer"
            for text in ("Bearer wrong", "Bearer ", "Basic czNjcmV0Og==", "s3cret"):
                answer = await client.get("/api/v1/status", headers={"authorization": text})
                assert answer.status_code == 401
            twice = [("authorization", "Bearer s3cret"), ("authorization", "Bearer t0ken")]
            answer = await client.get("/api/v1/status", headers=[*BROWSER.items(), *twice])
            assert answer.status_code == 401
            right = await client.get("/api/v1/status", headers={"authorization": "bearer s3cret"})
            assert right.json() == {"who": "token:ci"}

    run(work)


def test_a_role_holds_in_its_accounts_alone(tmp_path: Path) -> None:
    async def work() -> None:
        async with open_page(tmp_path, TOKENS) as page, page.client(headers={}) as client:

            async def ask(token: str, method: str, path: str) -> int:
                headers = {"authorization": f"Bearer {token}"}
                return (await client.request(method, path, headers=headers)).status_code

            assert await ask("t0ken", "GET", "/stacks/customer-a") == 200
            assert await ask("t0ken", "GET", "/stacks/customer-b") == 404
            assert await ask("t0ken", "POST", "/decide/customer-a") == 200
            assert await ask("t0ken", "POST", "/decide/customer-b") == 404
            assert await ask("s3cret", "POST", "/decide/customer-a") == 403
            assert await ask("s3cret", "GET", "/stacks/customer-b") == 200

    run(work)


def test_a_session_begins_with_a_token_and_ends_with_the_sign_out(tmp_path: Path) -> None:
    async def work() -> None:
        async with open_page(tmp_path, TOKENS) as page, page.client() as client:
            form = {"form": await token_of_form(client, "/sign-in"), "next": "/stacks/x"}
            again = await client.post("/sign-in/token", data={**form, "token": "wrong"})
            assert again.status_code == 401
            assert 'name="next" value="/stacks/x"' in again.text
            answer = await client.post("/sign-in/token", data={**form, "token": "t0ken"})
            assert answer.headers["location"] == "/stacks/x"
            cookie = answer.headers["set-cookie"]
            assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
            assert "Secure" not in cookie
            assert (await client.get("/api/v1/status")).json() == {"who": "token:ops"}
            stolen = dict(client.cookies)
            token = await token_of_form(client)
            decided = await client.post("/decide/customer-a", data={"form": token, "n": "1"})
            assert decided.json()["form"]["n"] == "1"
            out = await client.post("/sign-out", data={"form": token})
            assert out.headers["location"] == "/sign-in"
            assert (await client.get("/api/v1/status")).status_code == 401
            client.cookies.update(stolen)  # the secret itself counts no more
            assert (await client.get("/api/v1/status")).status_code == 401
            async with page.database.read() as tx:
                audit = await tx.fetch("select who, what from audit")
                assert [dict(row) for row in audit] == [{"who": "token:ops", "what": "sign-in"}]

    run(work)


def test_a_session_ends_after_hours_and_with_its_token(tmp_path: Path) -> None:
    async def work() -> None:
        moment = [1_000_000.0]
        async with (
            open_page(tmp_path, TOKENS, now=lambda: moment[0]) as page,
            page.client() as client,
        ):
            form = {"form": await token_of_form(client, "/sign-in"), "token": "t0ken"}
            await client.post("/sign-in/token", data=form)
            moment[0] += 12 * 3600 - 1
            assert (await client.get("/api/v1/status")).status_code == 200
            kept = dict(client.cookies)
            moment[0] += 2
            assert (await client.get("/api/v1/status")).status_code == 401
            moment[0] -= 60
        others = WebConfig(tokens=(hashed("ops", "another", "administer"),))
        async with (
            open_page(tmp_path, others, now=lambda: moment[0]) as page,
            page.client() as client,
        ):
            client.cookies.update(kept)
            assert (await client.get("/api/v1/status")).status_code == 401

    run(work)


def test_the_database_has_no_secret_of_a_session(tmp_path: Path) -> None:
    async def work() -> None:
        async with open_page(tmp_path, TOKENS) as page, page.client() as client:
            form = {"form": await token_of_form(client, "/sign-in"), "token": "t0ken"}
            await client.post("/sign-in/token", data=form)
            secret = client.cookies["fleet-session"]
        for file in tmp_path.iterdir():
            assert secret.encode() not in file.read_bytes()
            assert b"t0ken" not in file.read_bytes()

    run(work)


def test_with_https_cookies_are_secure_and_bound_to_the_host(tmp_path: Path) -> None:
    async def work() -> None:
        web = WebConfig(url="https://fleet.example.com", tokens=TOKENS.tokens)
        async with open_page(tmp_path, web) as page:
            async with page.client(url="https://fleet.example.com") as client:
                form = {"form": await token_of_form(client, "/sign-in"), "token": "t0ken"}
                answer = await client.post("/sign-in/token", data=form)
                assert answer.headers["set-cookie"].startswith("__Host-fleet-session=")
                assert "Secure" in answer.headers["set-cookie"].split("; ")
                assert "strict-transport-security" in answer.headers
                assert (await client.get("/api/v1/status")).status_code == 200
                plain = client.cookies["__Host-fleet-session"]
            async with page.client(url="https://fleet.example.com") as client:
                client.cookies.set("fleet-session", plain)  # a sibling host could set this one
                assert (await client.get("/api/v1/status")).status_code == 401

    run(work)


@pytest.mark.parametrize(
    "place",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/a\r\nset-cookie: x=1",
        "javascript:alert(1)",
        "/sign-out",
        "evil",
        "/\tx",
    ],
)
def test_a_sign_in_leads_to_no_other_site(tmp_path: Path, place: str) -> None:
    async def work() -> None:
        async with open_page(tmp_path, TOKENS) as page, page.client() as client:
            shown = (await client.get("/sign-in", params={"next": place})).text
            assert 'name="next" value="/"' in shown
            form = {"form": await token_of_form(client, "/sign-in"), "token": "t0ken"}
            answer = await client.post("/sign-in/token", data={**form, "next": place})
            assert answer.headers["location"] == "/"

    run(work)


def test_whoever_guesses_has_to_wait_and_others_do_not(tmp_path: Path) -> None:
    async def work() -> None:
        async with (
            open_page(tmp_path, TOKENS) as page,
            page.client(peer="192.0.2.1") as client,
        ):
            form = {"form": await token_of_form(client, "/sign-in"), "token": "wrong"}
            for _ in range(MOST - 1):
                answer = await client.post("/sign-in/token", data=form)
                assert answer.status_code == 401
            wrong = {"authorization": "Bearer wrong"}
            assert (await client.get("/api/v1/status", headers=wrong)).status_code == 401
            right = {"authorization": "Bearer s3cret"}
            blocked = await client.get("/api/v1/status", headers=right)
            assert blocked.status_code == 429
            assert int(blocked.headers["retry-after"]) == WINDOW_S
            assert (await client.post("/sign-in/token", data=form)).status_code == 429
            async with page.client(peer="192.0.2.2") as other:
                answer = await other.get("/api/v1/status", headers=right)
                assert answer.status_code == 200
            page.moment[0] += WINDOW_S
            answer = await client.get("/api/v1/status", headers=right)
            assert answer.status_code == 200

    run(work)


@pytest.mark.parametrize(
    ("peer", "named", "others_wait"),
    [
        ("127.0.0.1", "198.51.100.{}", False),
        ("127.0.0.1", "198.51.100.1, 203.0.113.{}", False),
        ("127.0.0.1", "nobody{}", True),
        ("192.0.2.1", "198.51.100.{}", True),
    ],
)
def test_guesses_count_for_the_address_behind_a_proxy_of_this_machine(
    tmp_path: Path, peer: str, named: str, others_wait: bool
) -> None:
    async def work() -> None:
        async with open_page(tmp_path, TOKENS) as page, page.client(peer=peer) as client:

            async def ask(token: str, number: int) -> int:
                headers = {
                    "authorization": f"Bearer {token}",
                    "x-forwarded-for": named.format(number),
                }
                return (await client.get("/api/v1/status", headers=headers)).status_code

            for _ in range(MOST):
                assert await ask("wrong", 1) == 401
            assert await ask("s3cret", 1) == 429
            assert await ask("s3cret", 2) == (429 if others_wait else 200)

    run(work)


def test_one_network_of_ipv6_counts_as_one_address_and_memory_is_bounded() -> None:
    failures = Failures(lambda: 0.0)
    for number in range(MOST):
        failures.add(f"2001:db8::{number:x}")
    assert failures.wait_s("2001:db8::ffff") == WINDOW_S
    assert failures.wait_s("2001:db8:0:1::1") == 0
    for number in range(10_000):
        failures.add(f"10.0.{number // 256}.{number % 256}")
    assert failures.wait_s("2001:db8::ffff") == 0
    assert len(failures._known) == 10_000


def test_a_proxys_header_counts_from_the_proxy_alone(tmp_path: Path) -> None:
    async def work() -> None:
        named = {**BROWSER, "x-forwarded-user": "anna"}
        async with open_page(tmp_path, PROXY) as page:
            for peer, status in [
                ("10.0.0.5", 200),
                ("::ffff:10.0.0.5", 200),
                ("fd00::1", 200),
                ("10.0.0.6", 401),
                ("127.0.0.1", 401),
                ("", 401),
            ]:
                for spoofed in ({}, {"x-forwarded-for": "10.0.0.5", "forwarded": "for=10.0.0.5"}):
                    async with page.client(peer=peer, headers={**named, **spoofed}) as client:
                        answer = await client.get("/api/v1/status")
                        assert answer.status_code == status, peer

    run(work)


@pytest.mark.parametrize("names", [[], [""], ["a", "b"], ["local"], ["token:ci"], ["a\tb"]])
def test_a_proxy_that_names_nobody_or_two_lets_nobody_in(tmp_path: Path, names: list[str]) -> None:
    async def work() -> None:
        headers = [("accept", "text/html"), *(("x-forwarded-user", name) for name in names)]
        async with open_page(tmp_path, PROXY) as page, page.client(peer="10.0.0.5") as client:
            assert (await client.get("/api/v1/status", headers=headers)).status_code == 401

    run(work)


def test_groups_of_a_proxy_give_their_roles(tmp_path: Path) -> None:
    async def work() -> None:
        headers = {**BROWSER, "x-forwarded-user": "jörg", "x-forwarded-groups": "dev, ops"}
        sent = {name.encode(): text.encode() for name, text in headers.items()}
        async with (
            open_page(tmp_path, PROXY) as page,
            page.client(peer="10.0.0.5", headers={}) as client,
        ):
            token = (await client.get("/", headers=sent)).text.split()[1]
            for account, status in (("customer-a", 200), ("customer-b", 403)):
                answer = await client.post(f"/decide/{account}", data={"form": token}, headers=sent)
                assert answer.status_code == status
            assert (await client.get("/api/v1/status", headers=sent)).json()["who"] == "jörg"

    run(work)


FOREIGN = [
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": "http://127.0.0.1:9999"},
    {"origin": "http://127.0.0.1:8090.evil.example"},
]


@pytest.mark.parametrize("headers", FOREIGN)
def test_a_form_of_another_site_is_refused_even_with_the_right_token(
    tmp_path: Path, headers: dict[str, str]
) -> None:
    async def work() -> None:
        async with open_page(tmp_path, WebConfig()) as page, page.client() as client:
            form = {"form": await token_of_form(client)}
            ours = {"origin": "http://127.0.0.1:8090"}
            answer = await client.post("/decide/customer-a", data=form, headers=ours)
            assert answer.status_code == 200
            answer = await client.post("/decide/customer-a", data=form, headers=headers)
            assert answer.status_code == 403

    run(work)


def test_a_form_without_the_token_of_this_browser_is_refused(tmp_path: Path) -> None:
    async def work() -> None:
        async with open_page(tmp_path, WebConfig()) as page, page.client() as client:
            async with page.client() as other:
                foreign = await token_of_form(other)
            bodies: list[dict[str, str]] = [{}, {"form": ""}, {"form": "x"}, {"form": foreign}]
            for body in bodies:  # first without any cookie, then with one
                assert (await client.post("/decide/customer-a", data=body)).status_code == 403
            own = await token_of_form(client)
            for body in bodies:
                assert (await client.post("/decide/customer-a", data=body)).status_code == 403
            assert (await client.put("/decide/customer-a")).status_code == 403
            client.cookies.clear()
            answer = await client.post("/decide/customer-a", data={"form": own})
            assert answer.status_code == 403

    run(work)


def test_a_password_that_the_browser_adds_itself_does_not_make_a_form_ours(tmp_path: Path) -> None:
    async def work() -> None:
        web = WebConfig(proxy=PROXY.proxy, tokens=TOKENS.tokens, roles=PROXY.roles)
        headers = {"x-forwarded-user": "anna", "authorization": "Basic YTpi"}
        async with open_page(tmp_path, web) as page, page.client(peer="10.0.0.5") as client:
            answer = await client.post("/decide/customer-a", headers=headers)
            assert answer.status_code == 403

    run(work)


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"form=x&n=" + b"a" * MAX_FORM_BYTES, FORM, 413),
        (b"{}", {"content-type": "application/json"}, 400),
        (b"\xff", FORM, 400),
        (b"a=%ff", FORM, 400),
        (b"&".join(b"a=1" for _ in range(200)), FORM, 400),
        (b"a=1", {"content-length": "-1", **FORM}, 413),
    ],
)
def test_a_form_that_is_too_long_or_no_form_is_refused(
    tmp_path: Path, content: bytes, headers: dict[str, str], status: int
) -> None:
    async def work() -> None:
        async with open_page(tmp_path, WebConfig()) as page, page.client() as client:
            await client.get("/")
            answer = await client.post("/decide/customer-a", content=content, headers=headers)
            assert answer.status_code == status

    run(work)


def test_a_person_without_any_role_is_told_whom_to_ask(tmp_path: Path) -> None:
    async def work() -> None:
        web = WebConfig(proxy=PROXY.proxy, roles={"see": ("group:ops",)})
        named = {"x-forwarded-user": "eve<b>", "accept": "text/html"}
        async with (
            open_page(tmp_path, web) as page,
            page.client(peer="10.0.0.5", headers=named) as client,
        ):
            answer = await client.get("/")
            assert answer.status_code == 403
            assert "eve&lt;b&gt; has no role here" in answer.text
            assert "<b>" not in answer.text

    run(work)


def test_a_path_beside_the_open_ones_is_not_open(tmp_path: Path) -> None:
    async def work() -> None:
        async with open_page(tmp_path, TOKENS) as page, page.client() as client:
            for path in ("/healthz/x", "/healthzz", "/hooks", "/sign-inx", "/staticx", "//healthz"):
                assert (await client.get(path)).status_code == 303, path
            for path in ("/static/../api/v1/status", "/hooks/..%2fapi/v1/status"):
                assert (await client.get(path)).status_code in (401, 404), path

    run(work)


def test_a_database_that_is_away_is_503_and_lets_nobody_in(tmp_path: Path) -> None:
    async def work() -> None:
        async with open_page(tmp_path, TOKENS) as page, page.client() as client:
            form = {"form": await token_of_form(client, "/sign-in"), "token": "t0ken"}
            await client.post("/sign-in/token", data=form)
            async with page.database.write() as tx:
                await tx.execute("drop table session")
            for path in ("/", "/api/v1/status", "/stacks/customer-a"):
                answer = await client.get(path)
                assert answer.status_code == 503
                assert answer.headers["retry-after"] == "5"
                assert str(tmp_path) not in answer.text

    run(work)


@pytest.mark.parametrize("path", ["/healthz?person", "/api/v1/bug"])
def test_a_bug_of_a_page_is_500_with_its_place_in_the_log_and_its_text_nowhere(
    tmp_path: Path, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def work() -> None:
        async with open_page(tmp_path, WebConfig()) as page, page.client() as client:
            answer = await client.get(path)
            assert answer.status_code == 500
            assert answer.headers["x-frame-options"] == "DENY"
            told = answer.text + caplog.text
            assert "has failed" in caplog.text
            assert "s3cret" not in told
            assert (await client.get("/healthz")).status_code == 200

    run(work)
