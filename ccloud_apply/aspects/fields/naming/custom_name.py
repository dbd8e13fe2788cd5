"""The name that people give a server."""

from ccloud_apply.aspects.shapes import Scalar, Text
from ccloud_apply.model.results.plan import ValueKind


class CustomName(Text, Scalar):
    """`set_server_custom_name`; a request without a name deletes the one that is there."""

    field = "custom_name"
    tells_what_goes = True
    synonyms = ("name", "display_name", "label")
    order = 30
    kind = ValueKind.NAME
    file_order = -2
    set_operation = delete_operation = "set_server_custom_name"
    body_name = "name"
    delete_label = "delete custom name"
    schema = {
        "type": ["string", "null"],
        "description": "Display name; null deletes it. If left out, a new server is called"
        " <stack>-<key>.",
        "examples": ["web ${index}"],
    }
