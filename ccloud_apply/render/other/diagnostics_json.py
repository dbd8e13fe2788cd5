"""Errors as JSON, for a run that ended before it had its document."""

from collections.abc import Iterable
from typing import Any

from ccloud_apply.model.diagnostic import Diagnostic, Severity, has_errors
from ccloud_apply.model.documents.document import FORMAT_VERSION
from ccloud_apply.model.documents.encode import encode_diagnostic
from ccloud_apply.model.results.validation import Validation
from ccloud_apply.render.lib.json_text import dump_json

_KEYS = ("code", "path", "line", "column", "where", "what", "hint")


def encode_error(diagnostic: Diagnostic) -> dict[str, Any]:
    """A diagnostic with the contract's keys. Path, line and column are null if not known."""
    document = encode_diagnostic(diagnostic)
    return {key: document[key] for key in _KEYS}


def render_errors_json(diagnostics: Iterable[Diagnostic]) -> str:
    """Every diagnostic that stops a run as `errors`; `warnings` only if there are any."""
    return dump_json(_document(tuple(diagnostics))) + "\n"


def render_validation_json(validation: Validation) -> str:
    """The same with `valid`, which is true if there is no error.

    `environments` are those that were checked, if there are several. `unknown_variables`, if there
    are any, have no value: what uses them was not checked.
    """
    document = _document(validation.diagnostics)
    version = document.pop("format_version")
    is_valid = not has_errors(validation.diagnostics)
    if validation.environments:
        document["environments"] = list(validation.environments)
    if validation.unknown:
        document["unknown_variables"] = list(validation.unknown)
    return dump_json({"format_version": version, "valid": is_valid, **document}) + "\n"


def _document(diagnostics: tuple[Diagnostic, ...]) -> dict[str, Any]:
    warnings = [encode_error(d) for d in diagnostics if d.severity is Severity.WARNING]
    errors = [encode_error(d) for d in diagnostics if d.severity is not Severity.WARNING]
    document: dict[str, Any] = {"format_version": FORMAT_VERSION, "errors": errors}
    return {**document, "warnings": warnings} if warnings else document
