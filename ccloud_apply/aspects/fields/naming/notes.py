"""The notes of a server."""

from ccloud_apply.aspects.shapes import Block, Scalar


class Notes(Block, Scalar):
    """`set_server_notes` and `delete_server_notes`."""

    field = "notes"
    order = 80
    set_operation = "set_server_notes"
    delete_operation = "delete_server_notes"
    is_in_create = False
    schema = {
        "type": ["string", "null"],
        "description": "Notes, on one or more lines; null or an empty text deletes them.",
    }
