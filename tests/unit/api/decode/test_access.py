"""Passwords and console addresses: nothing that may be the only answer is thrown away."""

import json
from typing import Any

import pytest

from ccloud_apply.api.decode.access import decode_console, decode_password
from ccloud_apply.api.decode.shape import Unreadable
from ccloud_apply.model.live.access import Credentials, PasswordAnswer

ROOT = {"username": "root", "password": " s3cret "}


@pytest.mark.parametrize("answer", [[ROOT], ROOT, [[ROOT]], {"data": [ROOT]}])
def test_the_password_is_taken_as_it_is_from_a_list_or_an_object(answer: Any) -> None:
    assert decode_password(answer).entries == (Credentials(username="root", password=" s3cret "),)


@pytest.mark.parametrize(
    "answer", [[], {}, None, [{"username": "root", "password": None}], [{**ROOT, "password": ""}]]
)
def test_no_password_is_no_entry(answer: Any) -> None:
    assert decode_password(answer) == PasswordAnswer()


@pytest.mark.parametrize(
    "answer", ["s3cret", ["s3cret"], [{"secret": "s3cret"}], [{"password": ["s3cret"]}], 17]
)
def test_an_answer_that_nobody_understands_is_kept_whole(answer: Any) -> None:
    found = decode_password(answer)
    assert found.other is not None
    assert json.loads(found.other) == answer
    assert not found.entries


def test_no_repr_shows_a_secret() -> None:
    for answer in ([ROOT], "s3cret"):
        assert "s3cret" not in repr(decode_password(answer))


@pytest.mark.parametrize("answer", [{"url": " https://c/1 "}, [{"url": "https://c/1"}]])
def test_the_address_of_a_console_is_taken_from_an_object_or_a_list_of_it(answer: Any) -> None:
    assert decode_console(answer) == "https://c/1"


@pytest.mark.parametrize("answer", [{}, None, [], {"url": ""}, {"url": 7}, "https://secret/1"])
def test_a_console_without_an_address_is_an_error_that_quotes_nothing(answer: Any) -> None:
    with pytest.raises(Unreadable) as caught:
        decode_console(answer)
    assert "secret" not in str(caught.value)
