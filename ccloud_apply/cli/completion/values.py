"""What may stand where the cursor is, by what is wanted there. Offline: files and our own tables.

Which kind of value an option or argument takes is in `commands.json`. Where values come from
belongs to `file_values.py` and `operation_values.py`. Names of files are the shell's: here it is
only said which ones.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from ccloud_apply.cli.completion.file_values import (
    find_accounts,
    find_environments,
    find_fleet_stacks,
    find_hostnames,
    find_keys,
    find_selectors,
    find_servers,
    find_stacks,
    find_tags,
    find_variables,
)
from ccloud_apply.cli.completion.offer import Offer, Value, list_values
from ccloud_apply.cli.completion.operation_values import (
    find_field_values,
    find_fields,
    find_operations,
    find_parameter_values,
    find_parameters,
)
from ccloud_apply.cli.completion.position import Position
from ccloud_apply.lazy_pattern import lazy_pattern

_PLAIN = lazy_pattern(r"[\w.,:@/+={}*\[\]-]+")
"""Nothing else is offered: what a file names may be meant to end up in somebody's command line."""

YAML = (".yaml", ".yml")
FILES: Mapping[str, tuple[str, ...]] = {
    "file": ("",),
    "plan-or-stack": ("",),
    "stack-file": YAML,
    "project-file": YAML,
    "fleet-file": YAML,
    "variable-file": (*YAML, ".json"),
    "json-file": (".json",),
    "folder": ("/",),
}
"""Kinds of values that are names of files, and how these end; folders are always offered."""


def make_offer(position: Position) -> Offer:
    """What may stand at this position."""
    takes = position.wanted["takes"]
    kept, partial = position.kept, position.partial
    if takes in FILES:
        return Offer(files=FILES[takes], kept=kept, partial=partial)
    if takes == "list":
        before = partial[: partial.rfind(",") + 1]
        given = before.split(",")
        values = [value for value in list_values(position) if value.text not in given]
        return _offer(values, kept + before, partial[len(before) :], is_open=True)
    if takes in _ASSIGNED:
        return _offer_assignment(position)
    return _offer(_FINDERS.get(takes, _nothing)(position), kept, partial)


def _offer_assignment(position: Position) -> Offer:
    """`NAME=VALUE`: the name, then the value."""
    name, equals, value = position.partial.partition("=")
    find_names, find_values = _ASSIGNED[position.wanted["takes"]]
    if not equals:
        names = (Value(f"{one.text}=", one.help) for one in find_names(position))
        return _offer(names, position.kept, name, is_open=True)
    found = find_values(position, name)
    kept = f"{position.kept}{name}="
    if isinstance(found, Offer):
        at = "@" if value.startswith("@") else ""
        return found._replace(kept=kept + at, partial=value.removeprefix("@"))
    return _offer(found, kept, value)


def _offer(values: Iterable[Value], kept: str, partial: str, *, is_open: bool = False) -> Offer:
    fitting = {
        value.text: value
        for value in values
        if value.text.startswith(partial) and _PLAIN.fullmatch(value.text)
    }
    return Offer(values=tuple(fitting.values()), kept=kept, partial=partial, is_open=is_open)


def _nothing(position: Position) -> Iterator[Value]:
    return iter(())


def _commands(position: Position) -> Iterator[Value]:
    for name, command in position.command["commands"].items():
        yield Value(name, command["help"])


def _options(position: Position) -> Iterator[Value]:
    for option in position.options:
        long = [flag for flag in option["flags"] if flag.startswith("--")]
        yield Value((long or option["flags"])[0], option["help"])


def _none_known(position: Position, name: str) -> Iterable[Value]:
    return ()


def _written(position: Position, name: str) -> Offer:
    return Offer(files=("",))


_FINDERS: Mapping[str, Callable[[Position], Iterable[Value]]] = {
    "choice": list_values,
    "command": _commands,
    "option": _options,
    "key": find_keys,
    "server": find_servers,
    "hostname": find_hostnames,
    "stack": find_stacks,
    "tag": find_tags,
    "environment": find_environments,
    "account": find_accounts,
    "fleet-stack": find_fleet_stacks,
    "selector": find_selectors,
    "operation": find_operations,
}
"""Kinds of values, and who finds them."""

_ASSIGNED: Mapping[
    str,
    tuple[
        Callable[[Position], Iterable[Value]],
        Callable[[Position, str], Iterable[Value] | Offer],
    ],
] = {
    "output": (list_values, _written),
    "variable": (find_variables, _none_known),
    "parameter": (find_parameters, find_parameter_values),
    "field": (find_fields, find_field_values),
}
"""Kinds of `NAME=VALUE`: who finds the names, and who the values."""

KINDS = frozenset((*_FINDERS, *_ASSIGNED, *FILES, "list", ""))
"""What an option or an argument may take; nothing is known of what "" is."""
