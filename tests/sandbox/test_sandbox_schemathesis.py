"""Schemathesis holds the emulator against the API document: examples, values at every edge of each
schema, random ones, and requests that break each rule.

Every case meets an account as `prepare` leaves it, and cases are drawn from a fixed seed. Where
the document contradicts itself, or what the platform does, a check is narrowed for the operations
concerned, each with its reason; everything else is held against the document as it stands.
"""

from copy import deepcopy
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.config import SchemathesisConfig
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import negative_data_rejection
from starlette.types import Receive, Scope, Send

from ccloud_apply.sandbox.http.document import read_document
from ccloud_apply.schemas import read_schema
from tests.sandbox.test_sandbox_operations import CALLS, prepare
from tests.support.desk import HEADERS, name_actions

PREFIX = "/api/v1"

REFUSES_WHAT_ITS_SCHEMA_ALLOWS = {
    "which columns, orders and bounds there are, the document does not say": [
        "list_servers", "list_server_tasks", "list_tasks", "list_subscriptions",
    ],
    "the values name things that have to exist, or have bounds of the platform's": [
        "create_server", "redeploy_server", "set_server_addon", "resize_server_memory",
        "resize_server_cores", "add_server_dvd", "update_server_dvd", "add_server_disk",
        "resize_server_disk", "add_server_ip", "set_server_snapshot_schedule",
        "set_server_boot_order", "set_customer_addon", "create_quote",
    ],
    "the platform makes nothing of an empty text, and then it is missing": [
        "create_server_snapshot", "rename_server_snapshot", "set_server_notes", "set_server_tags",
    ],
    "documented without required fields, and meaningless without them": [
        "set_subscription_display_name", "import_server_to_subscription",
        "export_all_servers_from_subscription",
    ],
    "the state has to allow it: a server can't be started twice": ["change_server_state"],
    "the body must repeat the hostname of the path, which no schema can say": ["delete_server"],
}  # fmt: skip
"""Reason -> operations that may answer 422 to a request that fits their schemas."""

NULL_IS_LEFT_OUT = (
    "create_server", "create_quote", "redeploy_server", "set_server_addon", "set_customer_addon",
    "set_server_tags", "create_token",
)  # fmt: skip
"""Operations with optional fields: the platform reads null as a field that was left out, where the
document, which marks few fields as nullable, calls it a breach. The same with the whole body, and
with an empty text, of which the platform makes null."""

READS_ITS_QUERY_LOOSELY = (
    "list_servers", "list_server_tasks", "list_tasks", "list_subscriptions", "list_pools",
)  # fmt: skip
"""Operations with numbers and truth values in their query: the platform reads `limit=` as one that
was left out, and of a name that comes twice the last."""

TAKES_A_BARE_STRING = ("set_server_custom_name", "add_server_dvd", "update_server_dvd")
"""The document declares `name body string`, its schema an object: the emulator takes both."""

ACCEPTED = ["2xx", "3xx", "401", "403", "404", "409", "429", "422"]


class World:
    """The app under test: an emulator that is made anew once something was changed."""

    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        self._desk, self._names = prepare()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        for name, value in self._names.items():
            scope["path"] = scope["path"].replace(name, value)
        await self._desk.app(scope, receive, send)


def with_our_examples(raw: dict[str, Any]) -> Any:
    """The document, its examples replaced by those that mean something to the emulator.

    Tasks that it has no action for have the emulator's own, as everywhere in the tests.
    """
    document: dict[str, Any] = deepcopy(name_actions(raw))
    for operation_id, (method, path, body) in CALLS.items():
        endpoint = read_document().endpoints[operation_id]
        operation = document["paths"][endpoint.path][method.lower()]
        _, values = read_document().match(path)
        declared = endpoint.path_schemas
        operation["parameters"] = [
            *(one for one in operation.get("parameters", []) if not _is_path(document, one)),
            *(
                {
                    "name": name,
                    "in": "path",
                    "required": True,
                    "schema": declared[name],
                    "example": int(value) if declared[name].get("type") == "integer" else value,
                }
                for name, value in values.items()
            ),
        ]
        for content in operation.get("requestBody", {}).get("content", {}).values():
            if body is not None:
                content["example"] = body
    return document


def _is_path(document: dict[str, Any], parameter: dict[str, Any]) -> bool:
    reference = parameter.get("$ref", "").rpartition("/")[2]
    return bool(document["components"]["parameters"].get(reference, parameter)["in"] == "path")


CONFIG = SchemathesisConfig.from_dict(
    {
        "base-url": f"http://sandbox{PREFIX}",
        "seed": 1,
        "generation": {"deterministic": True, "max-examples": 10},
        "headers": HEADERS,
        # Nothing is learnt from answers or from our code: what ran before does not matter.
        "analysis": {"constants": {"enabled": False}},
        "phases": {
            "examples": {"extra-data-sources": {"responses": False}},
            "coverage": {"extra-data-sources": {"responses": False}},
            "fuzzing": {
                "extra-data-sources": {"responses": False},
                "error-feedback": {"enabled": False},
            },
        },
        "operations": [
            {
                "include-operation-id": operation_id,
                "checks": {"positive_data_acceptance": {"expected-statuses": ACCEPTED}},
            }
            for operation_ids in REFUSES_WHAT_ITS_SCHEMA_ALLOWS.values()
            for operation_id in operation_ids
        ],
    }
)
WORLD = World()
SCHEMA = schemathesis.openapi.from_dict(
    with_our_examples(read_schema("ccloud-api.openapi.json")), config=CONFIG
)
SCHEMA.app = WORLD


def test_every_operation_is_held_against_the_document() -> None:
    found = [one for one in SCHEMA.get_all_operations() if isinstance(one, Ok)]
    labels = {one.ok().label for one in found}
    documented = read_document().endpoints.values()
    assert labels == {f"{endpoint.method} {endpoint.path}" for endpoint in documented}


@SCHEMA.parametrize()
# Not too_slow: how fast the machine is must not matter.
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_emulator_keeps_to_the_document(case: Case[Any]) -> None:
    response = case.call()
    url = str(response.request.url)
    try:
        excluded: list[Any] = [negative_data_rejection] if is_no_breach(case, url) else []
        case.validate_response(response, excluded_checks=excluded)
    finally:
        if case.method != "GET" and response.status_code < 300:
            WORLD.renew()


def is_no_breach(case: Case[Any], url: str) -> bool:
    """Whether a request breaks its schema in nothing but what the platform takes on purpose."""
    operation_id, body = case.operation.definition.raw["operationId"], case.body
    if operation_id in READS_ITS_QUERY_LOOSELY:
        sent = parse_qsl(urlsplit(url).query, keep_blank_values=True)
        return len(dict(sent)) < len(sent) or any(not value.strip() for _, value in sent)
    if body is None:
        return operation_id in (*NULL_IS_LEFT_OUT, *TAKES_A_BARE_STRING)
    if isinstance(body, str):
        return operation_id in TAKES_A_BARE_STRING
    return (
        operation_id in NULL_IS_LEFT_OUT
        and isinstance(body, dict)
        and any(value is None or not str(value).strip() for value in body.values())
    )
