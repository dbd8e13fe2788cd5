"""Secrets in what the API answers are masked where it comes in."""

import base64
import html
import json
import re
import textwrap
from collections.abc import Awaitable, Callable
from functools import partial
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.api.client import WITHHELD, Client
from ccloud_apply.api.http.redaction import SHORTEST_IN_ANSWERS, Redactor, Secrets
from ccloud_apply.errors import StatusError
from ccloud_apply.model.live.account import Task
from tests.support.scripted_network import SECRET, TOKEN, Network, reply, server, talk

CREDENTIALS = {"client_id": "me", "client_secret": SECRET}
GIVEN = "a-token-that-was-given-out"


def answer(text: str) -> bytes:
    return json.dumps([{"id": 1, "status": "failed", "error_message": text}]).encode()


@pytest.mark.parametrize(
    "spell",
    [
        lambda secret: secret,
        lambda secret: quote(secret, safe=""),
        lambda secret: f"Authorization: Bearer {secret}!",
    ],
)
@pytest.mark.parametrize("secret", [SECRET, GIVEN])
def test_a_task_that_quotes_what_signed_it_in_is_read_without_it(
    secret: str, spell: object
) -> None:
    assert callable(spell)
    network = Network([reply(body={"access_token": GIVEN}), reply(body=answer(spell(secret)))])
    (task,) = talk(network, lambda client: client.list_tasks(limit=1), **CREDENTIALS)
    assert task.error_message is not None
    assert "***" in task.error_message
    assert spell(secret) not in task.error_message


def test_a_slash_that_php_escapes_hides_no_secret() -> None:
    body = answer(f"refused: {SECRET}").replace(b"/", b"\\/")
    network = Network([reply(body={"access_token": GIVEN}), reply(body=body)])
    (task,) = talk(network, lambda client: client.list_tasks(limit=1), **CREDENTIALS)
    assert task.error_message == "refused: ***"


def test_a_token_that_was_replaced_is_masked_too() -> None:
    async def read(client: Client) -> str | None:
        await client.get_server_state("vs1")
        (task,) = await client.list_tasks(limit=1)
        return task.error_message

    network = Network(
        [
            reply(401),
            reply(body={"access_token": GIVEN}),
            reply(body={"state": "Running"}),
            reply(body=answer(f"{TOKEN} was replaced by {GIVEN}")),
        ]
    )
    assert talk(network, read, token=TOKEN, **CREDENTIALS) == "*** was replaced by ***"


def test_the_answer_to_a_change_is_masked_as_well() -> None:
    body = {"id": 7, "message": f"started with {TOKEN}"}
    network = Network([reply(body=body)])
    path = "/ccloud/servers/vs1/cores"
    answered = talk(
        network,
        lambda client: client.send("resize_server_cores", "PUT", path, {"cores": 2}),
        token=TOKEN,
    )
    assert answered.value == {"id": 7, "message": "started with ***"}


def test_what_quotes_no_secret_is_the_same_value() -> None:
    value = {"a": ["text", 1, None, True]}
    assert Secrets(SECRET, TOKEN).mask_answer(value, json.dumps(value).encode()) is value


PRINTABLE = st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="*")


@given(st.text(PRINTABLE, min_size=SHORTEST_IN_ANSWERS), st.text(), st.text())
def test_no_secret_is_left_in_any_text(secret: str, before: str, after: str) -> None:
    body = json.dumps({"x": f"{before}{secret}{after}"}).encode()
    masked = Secrets(secret).mask_answer(json.loads(body), body)
    assert secret not in masked["x"]


def test_names_are_masked_and_numbers_stay() -> None:
    assert Redactor(["hush"]).mask({"hush": [1, "x hush", None]}) == {"***": [1, "x ***", None]}


def test_a_short_secret_changes_no_word_of_the_account_and_is_masked_in_errors() -> None:
    row = {**server(1), "tags": ["stack:prod", "server:web"]}
    network = Network([reply(body={"data": [row], "meta": {"total": 1, "last_page": 1}})])
    (found,) = talk(network, lambda client: client.list_servers(), token="prod")
    assert found.tags == ("stack:prod", "server:web")
    network = Network([reply(403, {"message": "not with prod"})])
    with pytest.raises(StatusError, match=r"not with \*\*\*"):
        talk(network, lambda client: client.list_servers(), token="prod")


def test_the_error_of_a_task_hides_short_secrets_and_is_withheld_where_one_is_not_known() -> None:
    def read(client: Client, *, withholds: bool) -> Awaitable[tuple[Task, ...]]:
        client.hide("p1n4")
        client.withholds_errors = withholds
        return client.list_tasks(limit=1)

    for withholds, told in ((False, "no *** here"), (True, WITHHELD)):
        network = Network([reply(body=answer("no p1n4 here"))])
        (task,) = talk(network, partial(read, withholds=withholds), token=TOKEN)
        assert task.error_message == told


def test_a_line_of_a_secret_text_is_masked_and_a_short_one_stays() -> None:
    redact = Redactor(["#cloud-config\nruncmd:\n  - login 'a:b\"c'\n"])
    said = "line 3 (- login 'a:b\"c') of #cloud-config is wrong: runcmd:"
    assert redact(said) == "line 3 (***) of *** is wrong: runcmd:"
    assert redact(json.dumps(said)) == json.dumps("line 3 (***) of *** is wrong: runcmd:")
    assert Redactor(["one line alone"])("one line") == "one line"


SECRETS = st.lists(st.text("abc", min_size=4, max_size=12), min_size=1, max_size=4)


@given(SECRETS, st.data())
def test_of_secrets_that_contain_or_overlap_each_other_nothing_is_left(
    secrets: list[str], data: st.DataObject
) -> None:
    """What two of them share must not leave the rest of one of them."""
    piece = st.sampled_from([*secrets, *(one[:-1] for one in secrets), "|"])
    text = "".join(data.draw(st.lists(piece, max_size=8)))
    hidden = set()
    for secret in secrets:
        for at in range(len(text)):
            if text.startswith(secret, at):
                hidden |= set(range(at, at + len(secret)))
    seen = "".join(" " if at in hidden else one for at, one in enumerate(text))
    masked = Redactor(secrets, mask=" ")(text)
    # The same, a run of hidden characters being one mask.
    assert re.sub(" +", " ", masked) == re.sub(" +", " ", seen)


def test_what_a_secret_leaves_of_another_is_not_seen() -> None:
    assert Redactor(["abcdef", "cdefgh"])("x abcdefgh y") == "x *** y"
    assert Redactor(["sensitive", "(sens"], mask="(sensitive)")("(sensitive)") == "(sensitive))"


@given(
    st.text(PRINTABLE, min_size=16),
    st.binary(max_size=8),
    st.binary(max_size=8),
    st.sampled_from([base64.b64encode, base64.urlsafe_b64encode]),
)
def test_the_base64_of_a_text_with_a_secret_in_it_hides_the_secret(
    secret: str, before: bytes, after: bytes, pack: Callable[[bytes], bytes]
) -> None:
    packed = pack(before + secret.encode() + after).decode()
    masked = Redactor([secret])(packed)
    kept = packed[: len(before) // 3 * 4]
    assert masked.startswith(kept)
    # At both ends a character may hold bits of the secret's first and last one.
    assert "***" in masked
    assert len(masked) <= len(packed) - len(secret) + 6
    body = json.dumps({"x": packed}).encode()
    assert "***" in Secrets(secret).mask_answer(json.loads(body), body)["x"]


def test_the_base64_of_a_request_hides_a_secret_of_several_lines_in_it() -> None:
    secret = '-----BEGIN "KEY"-----\nMIIEpAIBAAKCAQEA\nszdfkjhskdfjhs==\n'
    packed = base64.b64encode(json.dumps({"user_data": f"x\n{secret}"}).encode()).decode()
    masked = Redactor([secret])(packed)
    assert "***" in masked
    for part in ("MIIEpAIBAAKCAQEA", "szdfkjhskdfjhs"):
        for offset in range(3):
            assert base64.b64encode(b" " * offset + part.encode())[4:12].decode() not in masked


ODD = [
    "ab<c&d>\"e'f9xyz",
    "tok/en+with=chars/9",
    "some words of one",
    'pä"ßwörd/x9',
    "C:\\new\\table\\x",
]


@pytest.mark.parametrize("secret", [*ODD, 'ab%41cd%2Fef"', "k3s9f2b7c" * 20])
@pytest.mark.parametrize(
    "spell",
    [
        html.escape,
        lambda text: html.escape(text).replace("&#x27;", "&#039;"),
        lambda text: json.dumps(html.escape(text)),
        lambda text: json.dumps(json.dumps(text)),
        lambda text: json.dumps(text, ensure_ascii=False),
        lambda text: json.dumps(text).replace("\\u00e4", "\\u00E4"),
        lambda text: re.sub("%..", lambda found: found[0].lower(), quote(text)),
        lambda text: quote(quote(text)),
        quote_plus,
        repr,
        lambda text: "\n    ".join(textwrap.wrap(text, 10)),
        lambda text: "\n".join(
            textwrap.wrap(base64.b64encode(f"#cloud-config {text} --x".encode()).decode(), 20)
        ),
    ],
)
def test_a_secret_is_masked_however_it_is_escaped_and_laid_out(
    secret: str, spell: Callable[[str], str]
) -> None:
    masked = Redactor([secret])(f"refused ({spell(secret)})!")
    assert "***" in masked
    assert len(masked) <= len(f"refused ({spell(secret)})!") - len(secret) + 6


@given(st.text(PRINTABLE, min_size=4), st.text(), st.text())
def test_no_text_keeps_a_secret_that_is_escaped_in_it(secret: str, before: str, after: str) -> None:
    for spell in (html.escape, quote, json.dumps):
        assert "***" in Redactor([secret], mask="***")(f"{before}|{spell(secret)}|{after}")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("token k3s-9f2b7c-x8 ...", "token *** ..."),
        ("near 9f2b7c-x8: no", "near ***: no"),
        ("it ends with x81-q77-zz0", "it ends with ***"),
        ("it ends with 7-zz0", "it ends with 7-zz0"),
        (f"{base64.b64encode(b'a k3s-9f2b7c-x81').decode()[:-3]}: too long", "YSB***: too long"),
    ],
)
def test_of_a_secret_that_an_error_cuts_the_rest_is_masked_too(said: str, told: str) -> None:
    assert Redactor(cut=["k3s-9f2b7c-x81-q77-zz0"])(said) == told
    assert Redactor(["no-secret-of-it"])(said) == said


def test_an_error_may_name_a_word_of_user_data_and_no_part_of_a_secret_in_it() -> None:
    async def create(client: Client) -> object:
        client.hide(GIVEN)
        body = {"user_data": f"#cloud-config\nwrite_files: [{GIVEN}]"}
        return await client.send("create_server", "POST", "/ccloud/servers", body)

    said = f"write_files is a list of {GIVEN[:12]}..."
    network = Network([reply(422, {"message": said})])
    with pytest.raises(StatusError, match=r"422: write_files is a list of \*\*\*\.\.\.$"):
        talk(network, create, token=TOKEN)
