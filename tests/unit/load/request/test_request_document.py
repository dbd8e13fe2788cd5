"""The API document as values: each operation as the document, the client and a person see it."""

import pytest

from ccloud_apply.load.request.document import describe_operation, read_operations
from ccloud_apply.operations import OPERATIONS
from tests.agreement.test_openapi_document import BY_ID

ALL = read_operations()


def test_every_operation_of_the_document_is_there_in_its_order() -> None:
    assert len(ALL) == 79
    assert list(ALL) == list(BY_ID)
    for name, (method, path, _) in BY_ID.items():
        assert (ALL[name].method, ALL[name].path) == (method, path)


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_is_read_from_the_document_is_what_the_table_says(name: str) -> None:
    table = OPERATIONS[name]
    assert (ALL[name].answer, ALL[name].repeat) == (table.answer, table.repeat)
    assert describe_operation(ALL[name]) is table


@pytest.mark.parametrize("name", sorted(ALL.keys() - OPERATIONS.keys()))
def test_what_the_table_does_not_name_is_sent_again_if_it_reads_and_else_never(name: str) -> None:
    operation = describe_operation(ALL[name])
    assert operation.repeat == ("read" if operation.method == "GET" else "never")
    assert (operation.id, operation.path) == (name, ALL[name].path)


def test_the_secrets_are_those_that_a_person_may_get() -> None:
    assert {name for name, operation in ALL.items() if operation.is_secret} == {
        "create_token",
        "get_server_password",
        "get_server_console",
        "get_monitoring_url",
    }


def test_only_the_lists_with_a_page_are_paged_and_only_a_report_is_a_file() -> None:
    paged = {name for name, operation in ALL.items() if operation.is_paged}
    assert paged == {"list_servers", "list_server_tasks", "list_tasks", "list_subscriptions"}
    assert all(ALL[name].is_list for name in paged)
    assert [name for name, operation in ALL.items() if operation.answer == "file"] == ["get_report"]


def test_no_schema_has_a_reference_left() -> None:
    for operation in ALL.values():
        assert "$ref" not in repr((operation.body, operation.answer_schema, operation.parameters))
