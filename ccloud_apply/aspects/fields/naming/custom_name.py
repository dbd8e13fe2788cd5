"""The name that people give a server."""

from ccloud_apply.aspects.shapes import Scalar, Text


class CustomName(Text, Scalar):
    """`set_server_custom_name`; a request without a name deletes the one that is there."""

    field = "custom_name"
    order = 30
    file_order = -2
    set_operation = delete_operation = "set_server_custom_name"
    body_name = "name"
    delete_label = "delete custom name"
    schema = {
        "type": ["string", "null"],
        "description": "Display name; null deletes it. Left out: <stack>-<key> at create.",
        "examples": ["web ${index}"],
    }
