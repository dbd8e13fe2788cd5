"""A request is held against the document before it is sent, and everything wrong is told."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from ccloud_apply.errors import UsageError
from ccloud_apply.load.request.body import parse_body
from ccloud_apply.load.request.build import NO_BODY, Given, build_request
from ccloud_apply.load.request.document import read_operations
from ccloud_apply.load.request.example import example_words
from ccloud_apply.load.request.fields import Field, parse_field
from ccloud_apply.load.request.target import find_target
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.documented import ApiRequest
from tests.agreement.test_openapi_document import BY_ID, REGISTRY
from tests.sandbox.test_sandbox_operations import CALLS

ALL = read_operations()


def ask(name: str, *words: str, body: Any = NO_BODY) -> tuple[ApiRequest | None, list[Diagnostic]]:
    pairs = list(zip(words[::2], words[1::2], strict=True))
    parameters = [text.partition("=") for flag, text in pairs if flag == "-p"]
    fields = [read(text) for flag, text in pairs if flag == "-f"]
    request, found = build_request(
        find_target(tuple(name.split())),
        Given(
            parameters=tuple((name, value) for name, _, value in parameters),
            fields=tuple(fields),
            body=body,
        ),
    )
    return request, list(found)


def read(assignment: str) -> Field:
    field = parse_field(assignment)
    return field if field.file is None else field.with_text("a-long-secret")


def told(found: list[Diagnostic]) -> list[str]:
    return [f"{each.where}: {each.what}" for each in found]


@pytest.mark.parametrize("name", ALL)
def test_the_documents_own_example_is_a_request(name: str) -> None:
    words = [word for word in example_words(ALL[name]) if word not in ("--out", "FILE")]
    request, found = ask(name, *words)
    assert found == []
    assert request is not None
    assert "{" not in request.path
    _, template, operation = BY_ID[name]
    assert find_target((request.operation.method, request.path)).operation.path == template
    if "requestBody" in operation:
        pointer = f"#/paths/{template.replace('/', '~1')}/{request.operation.method.lower()}"
        pointer += "/requestBody/content/application~1json/schema"
        schema = {"$ref": f"urn:document{pointer.replace('{', '%7B').replace('}', '%7D')}"}
        Draft202012Validator(schema, registry=REGISTRY).validate(request.body)
    else:
        assert request.body is None


@pytest.mark.parametrize("name", CALLS)
def test_a_request_that_the_platform_takes_is_a_request(name: str) -> None:
    method, path, body = CALLS[name]
    request, found = ask(f"{method} {path}", body=NO_BODY if body is None else body)
    if name == "create_token":
        assert request is not None
        assert request.secrets == ("x",)
    assert found == []
    assert request is not None
    assert (request.path, request.body) == (path, body)


@pytest.mark.parametrize(
    ("name", "words", "problems"),
    [
        ("get_server", [], ["hostname: get_server needs this parameter"]),
        (
            "get_server",
            ["-p", "hostnam=vs1", "-p", "hostname=vs1"],
            ["hostnam: no such parameter; get_server takes hostname"],
        ),
        ("list_pools", ["-p", "inactive=maybe"], ['inactive: must be true or false, not "maybe"']),
        ("get_task", ["-p", "id=one"], ['id: must be a whole number, not "one"']),
        ("get_server", ["-p", "hostname=.."], ['hostname: cannot be ".." in a path']),
        ("get_server", ["-p", "hostname="], ['hostname: cannot be "" in a path']),
        (
            "delete_server_disk",
            ["-p", "hostname=a", "-p", "id=../../b/disks/x"],
            ['id: cannot be "../../b/disks/x" in a path'],
        ),
        (
            "delete_server_disk",
            ["-p", "hostname=a", "-p", "id=x\\.."],
            ['id: cannot be "x\\.." in a path'],
        ),
        ("get_server", ["-p", "hostname=a\nb"], ["hostname: has a character that cannot be sent"]),
        (
            "get_server",
            ["-p", "hostname=a", "-p", "hostname=a"],
            ["hostname: this parameter is given twice"],
        ),
        (
            "change_server_state",
            ["-p", "hostname=a", "-p", "action=explode"],
            [
                'action: must be start, stop, shutdown, shutdown-force or reset, not "explode"',
            ],
        ),
        ("list_servers", ["-f", "tag=x"], ["the body: list_servers takes none"]),
        (
            "list_gpus",
            ["-p", "limit=1"],
            ["limit: no such parameter; list_gpus takes none"],
        ),
        (
            "set_server_notes",
            ["-p", "hostname=a"],
            ["the body: set_server_notes needs a body, with notes"],
        ),
        (
            "set_server_notes",
            ["-p", "hostname=a", "-f", "notes=1", "-f", "notes=2"],
            ["-f: notes is given twice; NAME[]=VALUE adds to a list"],
        ),
        (
            "resize_server_memory",
            ["-p", "hostname=a", "-f", "memory=lots"],
            ["memory: must be a whole number"],
        ),
        (
            "resize_server_memory",
            ["-p", "hostname=a", "-f", "memori=8"],
            [
                "memori: no such field; resize_server_memory takes memory",
                "the body: memory must be given",
            ],
        ),
        (
            "resize_server_memory",
            ["-p", "hostname=a", "-f", "memory=8.0"],
            ["memory: must be a whole number, written without a point or an exponent"],
        ),
        (
            "create_quote",
            ["-f", "cores=1e1", "-f", "addons[][count]=1.5"],
            [
                "cores: must be a whole number, written without a point or an exponent",
                "addons[0].count: must be a whole number",
            ],
        ),
        (
            "set_server_notes",
            ["-p", "hostname=a", "-f", "notes=\udcff"],
            ["notes: is not UTF-8 text"],
        ),
        (
            "set_server_tags",
            ["-p", "hostname=a", "-f", "tags[]=a", "-f", "tags[]=\ud800"],
            ["tags[1]: is not UTF-8 text"],
        ),
        ("set_server_tags", ["-p", "hostname=a", "-f", "tags=x"], ["tags: must be a list"]),
        (
            "set_server_tags",
            ["-p", "hostname=a", "-f", "tags[].x=1"],
            ["tags[0]: must be a text"],
        ),
        (
            "create_quote",
            ["-f", "addons[][nam]=x"],
            ["addons[0].nam: no such field; addons[0] takes name, count"],
        ),
        (
            "add_server_ip",
            ["-p", "hostname=a", "-p", "adapter_id=b", "-f", "protocol=IPv5"],
            ["protocol: must be IPv4 or IPv6"],
        ),
        (
            "redeploy_server",
            ["-p", "hostname=a", "-f", "image=x", "-f", "password=@FILE", "-f", "sshkey=1"],
            [],
        ),
        (
            "redeploy_server",
            ["-p", "hostname=a", "-f", "image=x", "-f", "password=hunter2hunter2"],
            ["password: a secret is not taken from the command line, where others can read it"],
        ),
        (
            "delete_server",
            ["-p", "hostname=a", "-f", "hostname=b"],
            ["hostname: the body has another hostname than the path"],
        ),
        (
            "set_server_snapshot_schedule",
            ["-p", "hostname=a", "-f", "frequency=5", "-f", "next_run=soon"],
            [
                "frequency: must be 1, 3, 6, 12 or 24",
                "next_run: must look like 2023-11-30 15:00",
            ],
        ),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_with_the_place_and_what_there_is(
    name: str, words: list[str], problems: list[str]
) -> None:
    request, found = ask(name, *words)
    assert told(found) == problems
    assert (request is None) == bool(problems)
    assert all(each.hint for each in found)
    assert "hunter2" not in repr(found)


def test_every_pattern_of_a_body_has_an_example_to_name() -> None:
    for operation in ALL.values():
        for name, schema in operation.fields.items():
            if "pattern" in schema:
                assert name in operation.body_example


def test_a_body_repeats_the_hostname_of_the_path_where_the_document_wants_it() -> None:
    request, _ = ask("delete_server", "-p", "hostname=vs1")
    assert request is not None
    assert request.body == {"hostname": "vs1"}
    other, _ = ask("rename_server_snapshot", "-p", "hostname=vs1", "-p", "id=x", "-f", "name=y")
    assert other is not None
    assert other.body == {"name": "y"}


def test_values_are_encoded_into_the_path_and_booleans_are_sent_as_numbers() -> None:
    request, _ = ask("list_pools", "-p", "inactive=TRUE")
    assert request is not None
    assert request.query == {"inactive": "1"}
    server, _ = ask("get_server", "-p", "hostname=a/b?c#d%20é")
    assert server is not None
    assert server.path == "/ccloud/servers/a%2Fb%3Fc%23d%2520%C3%A9"


def test_a_body_without_a_field_is_none_and_null_is_one() -> None:
    request, found = ask("set_customer_addon", "-p", "addon=report")
    assert (request is not None and request.body, found) == (None, [])
    request, _ = ask("set_server_custom_name", "-p", "hostname=a", "-f", "name=null")
    assert request is not None
    assert request.body == {"name": None}
    assert told(ask("set_server_notes", "-p", "hostname=a", body=[1])[1]) == [
        "the body: must be an object"
    ]


def test_no_problem_quotes_a_value_of_the_body() -> None:
    secret = "correct-horse"
    for body in ({"password": [secret]}, {"password": secret[:3], "image": [secret]}, secret):
        _, found = ask("redeploy_server", "-p", "hostname=a", body=body)
        assert found
        assert secret not in repr(found)


_plain = st.none() | st.integers() | st.text()


@given(st.recursive(_plain, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_any_body_is_a_request_or_told_what_is_wrong(body: Any) -> None:
    request, found = ask("create_server", body=body)
    assert request is None
    assert found


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{", "F:1:2: this is not JSON"),
        ('{"a": 1,\n "b"}', "F:2:5: this is not JSON"),
        ('{"a": NaN}', "F: NaN is not a number of JSON"),
        ('{"a": 1, "a": 2}', "F: a field is given twice in one object"),
        ("[" * 100_000, "F: it is nested too deeply"),
        ("9" * 5000, "F: a number has too many digits"),
    ],
)
def test_a_body_that_is_no_json_is_told_with_its_place(text: str, what: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_body(text, "F")
    assert raised.value.message == what


def test_a_body_is_read_as_it_is() -> None:
    assert parse_body('{"a": [1, null, "x"]}', "F") == json.loads('{"a": [1, null, "x"]}')
