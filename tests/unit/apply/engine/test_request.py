"""Filling in what a step's request lacks."""

from typing import Any

import pytest

from ccloud_apply.apply.engine.executor import ApplyOptions
from ccloud_apply.apply.engine.request import check_references, fill_body, fill_path, redact
from ccloud_apply.errors import ApplyError, UnreadableReferenceError
from ccloud_apply.model.declared.reference import Hole, Reference, Template
from tests.support.step_plans import plan, step


def test_a_hostname_cannot_leave_its_place_in_the_path() -> None:
    path = fill_path("/ccloud/servers/{hostname}/memory", "a/../b?x#y%2F ü")
    assert path == "/ccloud/servers/a%2F..%2Fb%3Fx%23y%252F%20%C3%BC/memory"


@pytest.mark.parametrize("hostname", ["", ".", ".."])
def test_a_hostname_that_is_none_is_refused(hostname: str) -> None:
    with pytest.raises(ApplyError):
        fill_path("/ccloud/servers/{hostname}", hostname)


def test_a_body_is_filled_without_changing_the_plan() -> None:
    body = {"a": [{"b": Reference("env", "CCLOUD_SECRET_A", "s.yaml", is_secret=True)}], "c": None}
    filled, secrets = fill_body(body, lambda reference: reference.name.lower())
    assert filled == {"a": [{"b": "ccloud_secret_a"}], "c": None}
    assert secrets == ("ccloud_secret_a",)
    assert isinstance(body["a"], list)
    assert isinstance(body["a"][0]["b"], Reference)


TEMPLATE = Template(
    "ci.yaml",
    "s.yaml",
    (("T", Reference("env", "CCLOUD_SECRET_T", "s.yaml", is_secret=True)),),
    ("a: |\n  ", Hole("T", "  "), "\n"),
)


def test_a_template_is_filled_in_and_its_secrets_are_told() -> None:
    filled, secrets = fill_body({"user_data": TEMPLATE}, lambda _: "one\ntwo")
    assert filled == {"user_data": "a: |\n  one\n  two\n"}
    assert secrets == ("one\ntwo",)


def test_each_reference_is_read_once_however_many_servers_need_it() -> None:
    asked: list[Reference] = []

    def read(reference: Reference) -> str:
        asked.append(reference)
        return "secret"

    steps = (step(f"s{i}/create", body={"user_data": TEMPLATE}) for i in range(5))
    check_references(plan(*steps), read)
    assert [one.name for one in asked] == ["CCLOUD_SECRET_T"]


@pytest.mark.parametrize(("text", "is_refused"), [("e", True), ("abc", True), ("abcd", False)])
def test_a_secret_that_no_message_could_hide_is_refused(text: str, is_refused: bool) -> None:
    told = plan(step("a/create", body={"user_data": TEMPLATE}))
    if not is_refused:
        check_references(told, lambda _: text)
        return
    with pytest.raises(UnreadableReferenceError, match="has fewer than 4 characters"):
        check_references(told, lambda _: text)


def test_a_file_that_is_no_secret_is_not_redacted() -> None:
    _, secrets = fill_body([Reference("file", "x", "s.yaml")], lambda _: "packages: []")
    assert secrets == ()


def test_redacting_takes_the_longest_secret_first_and_each_line_of_a_long_one() -> None:
    assert redact("abcde abcd", ("abcd", "abcde")) == "(sensitive) (sensitive)"
    assert redact("key: line two", ("line one\nline two\n",)) == "key: (sensitive)"
    assert redact("nothing", ("",)) == "nothing"


@pytest.mark.parametrize(
    "options",
    [{"parallelism": 0}, {"poll_min_s": 0}, {"poll_min_s": 9, "poll_max_s": 5}],
)
def test_options_with_which_nothing_would_move_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        ApplyOptions(**options)


def test_a_missing_secret_shows_before_anything_is_sent() -> None:
    def read(reference: Reference) -> str:
        raise UnreadableReferenceError(f"{reference} is not set")

    secret = Reference("env", "CCLOUD_SECRET_A", "s.yaml", is_secret=True)
    check_references(plan(step("a/notes")), read)
    with pytest.raises(UnreadableReferenceError, match="CCLOUD_SECRET_A"):
        check_references(plan(step("a/notes"), step("b/create", body={"password": secret})), read)
