"""An answer of the API as JSON: as it is, or with its status and headers."""

from ccloud_apply.model.documented import ApiAnswer
from ccloud_apply.render.lib.json_text import dump_json


def render_answer_json(answer: ApiAnswer) -> str:
    """The body as it is; nothing for an empty one.

    With headers it is `{"status", "headers", "body"}`, `body` being null for an empty one.
    """
    if answer.headers:
        document = {
            "status": answer.status,
            "headers": dict(answer.headers),
            "body": answer.value,
        }
        return dump_json(document) + "\n"
    return dump_json(answer.value) + "\n" if answer.has_body else ""
