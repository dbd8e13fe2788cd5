"""Writes resolved stacks as YAML, each value with the place that it came from as a comment.

What a resolved stack is belongs to `load/stack/resolved.py`, how a value is spelled to `dump.py`.
"""

from collections.abc import Iterator, Mapping

from ccloud_apply.load.write.dump import (
    SERVERS,
    dump_block,
    dump_comment,
    dump_key,
    dump_value,
)
from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.results.resolved import (
    Origin,
    ResolvedStack,
    ResolvedStacks,
    ResolvedValue,
)

_MAX_LINE = 72
"""Characters of a list or mapping that is written on one line."""

_INDENT = "  "


def write_resolved(resolved: ResolvedStacks) -> str:
    """Each stack as one YAML document, which loads as the same stack."""
    return "---\n".join("".join(_write_stack(stack)) for stack in resolved.stacks)


def _write_stack(stack: ResolvedStack) -> Iterator[str]:
    env = "" if stack.env is None else f", environment {stack.env}"
    yield f"# {dump_comment(f'The stack {stack.name}, resolved from {stack.path}{env}')}\n"
    for name, part in stack.root.value.items():
        if name == SERVERS:
            yield from _write_servers(part)
        else:
            yield from _write(f"{name}:", part, "")


def _write_servers(servers: ResolvedValue) -> Iterator[str]:
    if not servers.value:
        yield f"{SERVERS}: {{}}\n"
        return
    yield f"{SERVERS}:\n"
    for key, server in servers.value.items():
        place = _comment(_spell_place(server.source))
        if not server.value:
            yield f"{_INDENT}{dump_key(key)}: {{}}{place}\n"
            continue
        yield f"{_INDENT}{dump_key(key)}:{place}\n"
        for name, part in server.value.items():
            yield from _write(f"{dump_key(name)}:", part, _INDENT * 2)
            yield from _write_text(part, _INDENT * 3)


def _write(start: str, part: ResolvedValue, margin: str) -> Iterator[str]:
    """The lines of one value; `start` is its key, or the dash of a list."""
    origins = _find_origins(part)
    comment = _comment(next(iter(origins))) if len(origins) == 1 else ""
    lines = dump_block(part.value) if isinstance(part.value, str) else None
    if lines is not None:
        yield f"{margin}{start} |{comment}\n"
        yield from (f"{margin}{_INDENT}{line}\n" if line else "\n" for line in lines)
        return
    if len(origins) <= 1:
        text = dump_value(part.to_plain())
        if not isinstance(part.value, Mapping | tuple) or len(text) <= _MAX_LINE:
            yield f"{margin}{start} {text}{comment}\n"
            return
    yield f"{margin}{start}\n"
    inner = margin + _INDENT
    if isinstance(part.value, Mapping):
        for name, child in part.value.items():
            yield from _write(f"{dump_key(name)}:", child, inner)
    else:
        for child in part.value:
            yield from _write("-", child, inner)


def _write_text(part: ResolvedValue, margin: str) -> Iterator[str]:
    """What a template gives, as a comment: secrets are not known here."""
    for line in (part.text or "").splitlines():
        yield f"{margin}# | {dump_comment(line)}".rstrip() + "\n"


def _find_origins(part: ResolvedValue) -> frozenset[str]:
    """The comments of all scalars of a value: one where the value may stand on one line."""
    if not isinstance(part.value, Mapping | tuple) or not part.value:
        return frozenset((_describe(part),))
    children = part.value.values() if isinstance(part.value, Mapping) else part.value
    return frozenset(text for child in children for text in _find_origins(child))


def _describe(part: ResolvedValue) -> str:
    place = _spell_place(part.source)
    return ", ".join(filter(None, (place, *(_spell_origin(one) for one in part.origins))))


def _spell_origin(origin: Origin) -> str:
    return f"{origin.expression} from {origin.name or _spell_place(origin.source)}"


def _spell_place(source: SourceRange | None) -> str:
    return "" if source is None else f"{source.path}:{source.line}"


def _comment(text: str) -> str:
    return f"  # {dump_comment(text)}" if text else ""
