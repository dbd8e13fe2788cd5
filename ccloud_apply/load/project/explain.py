"""Words a violation of the project file's schema; most of it is worded as in a stack file."""

from collections.abc import Sequence

from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.load.schema.explain import (
    FROM_ENVIRONMENT,
    FROM_ENVIRONMENT_HINT,
    Explanation,
    explain,
)
from ccloud_apply.load.schema.stack_schema import build_file_schema
from ccloud_apply.load.schema.validate import Checker, Violation
from ccloud_apply.load.text.format_values import guess


def explain_project(
    violation: Violation, checker: Checker, path: Sequence[str | int], written: str = ""
) -> Explanation:
    """Code, sentence and hint for a violation; `path` begins at the file's root.

    `written` is the value as the file spells it, where it is a plain one.
    """
    if violation.keyword == "unknown-key" and path[0] != "defaults":
        return "unknown-key", "unknown key", _explain_unknown(path, violation)
    return explain(violation, checker, path, written)


def _explain_unknown(path: Sequence[str | int], violation: Violation) -> str:
    name = str(path[-1])
    known = violation.schema.get("properties", {})
    if name.lower() in FROM_ENVIRONMENT:
        expected = ""
        if name in ("endpoint", "url"):
            expected = "; the address that is expected stands under account:, as endpoint"
        return f"{FROM_ENVIRONMENT_HINT}{expected}"
    meant = guess(name, known)
    if meant in violation.siblings:
        return f"{meant} is already set: remove this key"
    if meant:
        return f'did you mean "{meant}"?'
    if len(path) == 1 and (name in ASPECTS or name == "lifecycle"):
        return f"{name} belongs under defaults:"
    if len(path) == 1 and name in build_file_schema()["properties"]:
        return f"{name} belongs in a stack file"
    return f"known keys: {', '.join(known)}"
