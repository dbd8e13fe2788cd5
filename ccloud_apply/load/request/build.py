"""Parameters and a body as one request, held against the API document. Pure.

Which operation is meant: `target.py`. Files are read by the caller.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any
from urllib.parse import quote

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.load.request.check import check_body, check_parameter, help_hint, report
from ccloud_apply.load.request.fields import Field, FieldError, build_value
from ccloud_apply.load.request.target import Target
from ccloud_apply.load.text.format_values import did_you_mean, escape
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.documented import ApiRequest, DocumentedOperation, Schema

NO_BODY = object()
"""Stands for a body that was not given, which is something else than null."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the command line says: `-p` as pairs, and the body by `-f` or by `--input`."""

    parameters: tuple[tuple[str, str], ...] = ()
    fields: tuple[Field, ...] = ()
    body: Any = field(default=NO_BODY, repr=False)


def build_request(target: Target, given: Given) -> tuple[ApiRequest | None, tuple[Diagnostic, ...]]:
    """The request, or None and everything that is wrong with it."""
    operation = target.operation
    found: list[Diagnostic] = []
    values = _gather(target, given.parameters, found)
    sent = {name: _check(operation, name, text, found) for name, text in values.items()}
    found += _find_missing(operation, values)
    body = _build_body(operation, given, values, found)
    if found:
        return None, tuple(found)
    in_path = operation.parameters_in("path")
    path = operation.path
    for name in in_path:
        path = path.replace(f"{{{name}}}", quote(sent[name], safe=""))
    request = ApiRequest(
        operation=operation,
        path=path,
        values=values,
        query={name: text for name, text in sent.items() if name not in in_path},
        body=None if body is NO_BODY else body,
        secrets=tuple(find_secrets(operation.body or {}, body)),
    )
    return request, ()


def find_secrets(schema: Schema, value: Any) -> Iterator[str]:
    """The texts of a body that the document calls passwords, and what a server is told to run."""
    if isinstance(value, dict):
        for name, item in value.items():
            part = schema.get("properties", {}).get(name, {})
            if isinstance(item, str) and is_secret_field(name, part):
                yield item
            else:
                yield from find_secrets(part, item)
    elif isinstance(value, list):
        for item in value:
            yield from find_secrets(schema.get("items", {}), item)


def is_secret_field(name: str, schema: Schema) -> bool:
    """True for a field whose value nobody may see."""
    return schema.get("format") == "password" or name == "user_data"


def _gather(
    target: Target, parameters: Sequence[tuple[str, str]], found: list[Diagnostic]
) -> Mapping[str, str]:
    """Every parameter once. Those that the document does not have are reported."""
    operation = target.operation
    known = {parameter.name for parameter in operation.parameters}
    values = dict(target.path_values)
    for name, text in (*target.query, *parameters):
        if name not in known:
            hint = did_you_mean(name, known) or help_hint(operation)
            is_field = name in operation.fields
            hint = f"-f {name}=VALUE: it is a field of the body" if is_field else hint
            taken = ", ".join(sorted(known)) or "none"
            what = f"no such parameter; {operation.id} takes {taken}"
            found.append(report(escape(name), what, hint))
        elif name in values:
            found.append(report(name, "this parameter is given twice", "remove one of them"))
        else:
            values[name] = text
    return values


def _check(operation: DocumentedOperation, name: str, text: str, found: list[Diagnostic]) -> str:
    parameter = next(each for each in operation.parameters if each.name == name)
    sent, what = check_parameter(parameter, text)
    if what:
        found.append(report(name, what, help_hint(operation)))
    return sent


def _find_missing(
    operation: DocumentedOperation, values: Mapping[str, str]
) -> Iterator[Diagnostic]:
    for parameter in operation.parameters:
        if parameter.is_required and parameter.name not in values:
            value = parameter.example or "VALUE"
            yield report(
                parameter.name,
                f"{operation.id} needs this parameter",
                f"-p {parameter.name}={value}",
            )


def _build_body(
    operation: DocumentedOperation,
    given: Given,
    values: Mapping[str, str],
    found: list[Diagnostic],
) -> Any:
    is_given = bool(given.fields) or given.body is not NO_BODY
    if operation.body is None:
        if is_given:
            hint = "query parameters are given by -p NAME=VALUE"
            has_query = bool(operation.parameters_in("query"))
            what = f"{operation.id} takes none"
            found.append(report("the body", what, hint if has_query else help_hint(operation)))
        return NO_BODY
    body = dict(given.body) if isinstance(given.body, dict) else given.body
    if given.fields:
        found += _find_shown_secrets(operation, given.fields)
        try:
            body = build_value(given.fields, operation.body)
        except FieldError as error:
            found.append(report("-f", str(error), help_hint(operation)))
            return NO_BODY
    body = _repeat_path(operation, body, values, found)
    if body is NO_BODY:
        if operation.needs_body:
            names = ", ".join(operation.fields)
            what = f"{operation.id} needs a body, with {names}"
            found.append(report("the body", what, "-f NAME=VALUE, or --input FILE"))
        return NO_BODY
    found += dict.fromkeys(check_body(operation, body))  # `required` tells each name once more
    return body


def _find_shown_secrets(
    operation: DocumentedOperation, fields: Sequence[Field]
) -> Iterator[Diagnostic]:
    """Passwords on the command line: other users and the shell's history can read them there."""
    for each in fields:
        schema = operation.fields.get(each.name, {})
        if schema.get("format") == "password" and each.file is None:
            yield report(
                each.name,
                "a secret is not taken from the command line, where others can read it",
                f"-f {each.name}=@FILE, or {each.name}=@- for standard input",
            )


def _repeat_path(
    operation: DocumentedOperation,
    body: Any,
    values: Mapping[str, str],
    found: list[Diagnostic],
) -> Any:
    """The body with what it repeats of the path (`DELETE .../{hostname}` does); it has to be the
    same there."""
    # Oddity: `DELETE /ccloud/servers/{hostname}` wants a body
    required = (operation.body or {}).get("required", ())
    for name in operation.parameters_in("path"):
        if name not in required or name not in values:
            continue
        body = {} if body is NO_BODY else body
        if isinstance(body, dict) and body.setdefault(name, values[name]) != values[name]:
            what = f"the body has another {name} than the path"
            found.append(report(name, what, "leave it out of the body"))
    return body
