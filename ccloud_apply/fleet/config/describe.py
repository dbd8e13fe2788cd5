"""The document `schemas/fleet.schema.json`: the schema of fleet.yaml as editors get it."""

from ccloud_apply.fleet.config.schema import build_fleet_schema
from ccloud_apply.load.editor.describe import describe_for_editors
from ccloud_apply.load.editor.documents import FLEET_DOCUMENT
from ccloud_apply.load.schema.parts import Schema


def build_fleet_document(docs: str | None = None) -> Schema:
    """The schema with what editors show. `docs` is the address of another folder of docs."""
    return describe_for_editors(build_fleet_schema(), FLEET_DOCUMENT, docs=docs)
