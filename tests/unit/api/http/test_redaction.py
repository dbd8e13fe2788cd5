"""Secrets in what the API answers are masked where it comes in."""

import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.api.client import Client
from ccloud_apply.api.http.redaction import SHORTEST_IN_ANSWERS, Redactor, Secrets
from ccloud_apply.errors import StatusError
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


def test_a_line_of_a_secret_text_is_masked_and_a_short_one_stays() -> None:
    redact = Redactor(["#cloud-config\nruncmd:\n  - login 'a:b\"c'\n"])
    said = "line 3 (- login 'a:b\"c') of #cloud-config is wrong: runcmd:"
    assert redact(said) == "line 3 (***) of *** is wrong: runcmd:"
    assert redact(json.dumps(said)) == json.dumps("line 3 (***) of *** is wrong: runcmd:")
    assert Redactor(["one line alone"])("one line") == "one line"
