"""Writes plain values as the YAML of a stack file. The loader reads the same values back.

The only writer of YAML. Text of several lines becomes a block if that keeps it exactly. Invisible
characters are escaped, and so is text that a CI runner would take for a command in its log. What
to write is decided by the export.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.load.text.scalar import BadNumberError, resolve_scalar
from ccloud_apply.load.text.yaml_library import yaml


class _IndentingDumper(yaml.SafeDumper):
    """Indents a list under its key, as `layout/` does."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


_DUMPER: Any = _IndentingDumper
_TAG = "tag:yaml.org,2002:"
_PLAIN = lazy_pattern(r"\w(?:[\w./ -]*[\w./-])?")
_COMMAND = lazy_pattern(r"(?:^|\n)[^\S\n]*::|##")
_HASHES = lazy_pattern("#(?=#)")
_LONG_NUMBER = 16
_LEAVES = (str, int, bool, type(None))


SERVERS = "servers"


def dump_stack(
    stack: Mapping[str, Any],
    comments: Sequence[str] = (),
    remarks: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """The text of a stack file: comment lines, then the mapping in its own order.

    `remarks` are comments by the key of a server: a line before its entry. A `${` in a text is
    written as `$${`. Values are mappings, lists, texts, numbers, booleans and None; no text may
    hold half a surrogate pair.
    """
    head = [f"# {dump_comment(comment)}\n" for comment in comments]
    if not stack.get(SERVERS) or not remarks:
        return "".join((*head, _dump(stack)))
    parts = (
        _dump_servers(value, remarks) if name == SERVERS else _dump({name: value})
        for name, value in stack.items()
    )
    return "".join((*head, *parts))


def dump_value(value: Any) -> str:
    """A value on one line, as `dump_stack` would write it."""
    return _serialize(_to_line(value)).removesuffix("\n").removesuffix("\n...")


def dump_key(name: str) -> str:
    """The key of a mapping."""
    return _serialize(_to_scalar(name, is_key=True)).removesuffix("\n").removesuffix("\n...")


def dump_block(text: str) -> list[str] | None:
    """The lines of a text that may be written as a block (`|`); None for any other text."""
    return text.replace("${", "$${").removesuffix("\n").split("\n") if _is_block(text) else None


def dump_comment(text: str) -> str:
    """The text as the end of a line, after `#`."""
    return _break_commands(_escape(text).replace("\n", "\\n"))


def _to_line(value: Any) -> yaml.Node:
    if isinstance(value, Mapping):
        pairs = [(_to_scalar(n, is_key=True), _to_line(part)) for n, part in value.items()]
        return yaml.MappingNode(f"{_TAG}map", pairs, flow_style=True)
    if isinstance(value, list | tuple):
        return yaml.SequenceNode(f"{_TAG}seq", [_to_line(v) for v in value], flow_style=True)
    if isinstance(value, str):
        text = value.replace("${", "$${")
        style = None if _is_plain(text) else '"'
        return yaml.ScalarNode(f"{_TAG}str", text, style=style)
    return _to_scalar(value)


def _dump_servers(servers: Mapping[str, Any], remarks: Mapping[str, str]) -> str:
    """Entry by entry: the library writes no comments."""
    parts = [f"{SERVERS}:\n"]
    for key, entry in servers.items():
        if key in remarks:
            parts.append(f"  # {dump_comment(remarks[key])}\n")
        parts.append(_dump({SERVERS: {key: entry}}).partition("\n")[2])
    return "".join(parts)


def _dump(stack: Mapping[str, Any]) -> str:
    return _serialize(_to_node(stack, depth=0))


def _serialize(node: yaml.Node) -> str:
    text: str = yaml.serialize(
        node, Dumper=_DUMPER, allow_unicode=True, width=2**31 - 1, indent=2, encoding=None
    )
    # `_style_of` has put both into double quotes, so that escapes are valid there.
    return _escape(_break_commands(text))


def _escape(text: str) -> str:
    """The text with invisible characters escaped, except for line feeds."""
    if all(character == "\n" or character.isprintable() for character in text):
        return text
    return "".join(
        character if character == "\n" or character.isprintable() else _spell(character)
        for character in text
    )


def _break_commands(text: str) -> str:
    """The text without adjacent #: every # before another one is escaped."""
    return _HASHES.sub(r"\\x23", text)


def _spell(character: str) -> str:
    number = ord(character)
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def _to_node(value: Any, *, depth: int) -> yaml.Node:
    if isinstance(value, Mapping):
        pairs = [
            (_to_scalar(name, is_key=True), _to_node(part, depth=depth + 1))
            for name, part in value.items()
        ]
        # Small values below a server are written on one line, as people do.
        return yaml.MappingNode(f"{_TAG}map", pairs, flow_style=not pairs or depth > 2)
    if isinstance(value, list | tuple):
        items = [_to_node(part, depth=depth + 1) for part in value]
        return yaml.SequenceNode(
            f"{_TAG}seq", items, flow_style=all(isinstance(part, _LEAVES) for part in value)
        )
    return _to_scalar(value)


def _to_scalar(value: Any, *, is_key: bool = False) -> yaml.ScalarNode:
    if value is None:
        return yaml.ScalarNode(f"{_TAG}null", "null")
    if isinstance(value, bool):
        return yaml.ScalarNode(f"{_TAG}bool", "true" if value else "false")
    if isinstance(value, int):
        return yaml.ScalarNode(f"{_TAG}int", str(value))
    if isinstance(value, Decimal | float):
        return _to_number(f"{Decimal(str(value)):f}")
    text = value if is_key else value.replace("${", "$${")
    return yaml.ScalarNode(f"{_TAG}str", text, style=_style_of(text, is_key=is_key))


def _to_number(text: str) -> yaml.ScalarNode:
    """Without a point it is a whole number for YAML; one too long for the loader gets a point."""
    if "." not in text and len(text) < _LONG_NUMBER:
        return yaml.ScalarNode(f"{_TAG}int", text)
    return yaml.ScalarNode(f"{_TAG}float", text if "." in text else f"{text}.0")


def _style_of(text: str, *, is_key: bool) -> str | None:
    """Plain, block or double-quoted: never a style that another YAML reader reads differently."""
    if _is_block(text) and not is_key:
        return "|"
    return None if _is_plain(text) else '"'


def _is_plain(text: str) -> bool:
    if not _PLAIN.fullmatch(text) or not text.isprintable():
        return False
    try:
        if resolve_scalar(text) != text:
            return False
    except BadNumberError:
        return False
    # Words such as `off` are text in YAML 1.2, but booleans for readers of YAML 1.1.
    resolvers = _DUMPER.yaml_implicit_resolvers
    return not any(pattern.match(text) for _, pattern in resolvers.get(text[0], ()))


def _is_block(text: str) -> bool:
    """True for lines that a block keeps exactly: visible, without trailing spaces."""
    lines = text.removesuffix("\n").split("\n")
    return (
        text.endswith("\n")
        and len(lines) > 1
        and bool(lines[0])
        and bool(lines[-1])
        and not lines[0].startswith(" ")
        and all(line.isprintable() and line == line.rstrip() for line in lines)
        and not _COMMAND.search(text)
    )
