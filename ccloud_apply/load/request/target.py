"""Which operation is meant: by its id, or by a method and a path. Pure.

What a request needs beside it belongs to `build.py`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from urllib.parse import parse_qsl, unquote, urlsplit

from ccloud_apply.errors import UsageError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.load.request.document import METHODS, read_operations
from ccloud_apply.load.text.format_values import did_you_mean, escape
from ccloud_apply.model.documented import DocumentedOperation

LIST_HINT = "ccloud-apply api --list"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An operation, and the values that the path which was given has for its parameters."""

    operation: DocumentedOperation
    path_values: Mapping[str, str] = field(default_factory=dict)
    query: tuple[tuple[str, str], ...] = ()


def find_target(words: Sequence[str]) -> Target:
    """The target of `OPERATION`, `METHOD PATH` or `PATH` (which is read). Raises UsageError."""
    operations = read_operations()
    if len(words) == 1 and words[0] in operations:
        return Target(operation=operations[words[0]])
    if len(words) == 1 and "/" in words[0]:
        return _find_by_path("GET", words[0])
    if len(words) == 2 and words[0].lower() in METHODS:
        return _find_by_path(words[0].upper(), words[1])
    if len(words) == 1:
        word = words[0]
        hint = did_you_mean(word, operations) or LIST_HINT
        raise UsageError(f'there is no operation "{escape(word)}"', hint=hint)
    if len(words) == 2:
        methods = ", ".join(method.upper() for method in METHODS)
        raise UsageError(f'"{escape(words[0])}" is not a method: {methods}', hint=LIST_HINT)
    raise UsageError("which operation? expected OPERATION, or METHOD PATH", hint=LIST_HINT)


def _find_by_path(method: str, given: str) -> Target:
    path, query = _split(given)
    # A slash at the end may be where an empty shell variable stood: it names something else.
    segments = path.removeprefix("/").split("/")
    found = list(_match_all(segments))
    for operation, values in found:
        if operation.method == method:
            return Target(operation=operation, path_values=values, query=query)
    if found:
        methods = ", ".join(operation.method for operation, _ in found)
        raise UsageError(
            f"there is no {method} {escape(path, limit=120)}, only {methods}", hint=LIST_HINT
        )
    templates = dict.fromkeys(operation.path for operation in read_operations().values())
    hint = did_you_mean("/" + "/".join(segments), templates) or LIST_HINT
    raise UsageError(f'the API has no path "{escape(path, limit=120)}"', hint=hint)


def _split(given: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The path and the query. Raises UsageError for an address: the endpoint is set elsewhere."""
    try:
        parts = urlsplit(given)
    except ValueError:
        raise UsageError(f'"{escape(given)}" is not a path', hint=LIST_HINT) from None
    if parts.scheme or parts.netloc or parts.fragment:
        raise UsageError(
            f'"{escape(given)}" is an address, not a path below the endpoint',
            hint="write a path such as /ccloud/servers; --endpoint says which API",
        )
    return parts.path, tuple(parse_qsl(parts.query, keep_blank_values=True))


def _match_all(
    segments: Sequence[str],
) -> Iterator[tuple[DocumentedOperation, Mapping[str, str]]]:
    """The operations of the path that fits best: one that spells a segment stands above one that
    has a parameter there (`invoices/preview` is no invoice)."""
    found = []
    for operation in read_operations().values():
        expected = operation.path.strip("/").split("/")
        if len(expected) == len(segments):
            pairs = list(zip(expected, segments, strict=True))
            values = {name[1:-1]: unquote(value) for name, value in pairs if name.startswith("{")}
            if all(name.startswith("{") or name == value for name, value in pairs):
                found.append((operation, values))
    least = min((len(values) for _, values in found), default=0)
    for operation, values in found:
        if len(values) == least:
            unfilled = {f"{{{name}}}" for name in values}
            yield operation, {k: v for k, v in values.items() if v not in unfilled}
