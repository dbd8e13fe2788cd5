"""What may stand where the cursor is, by what is wanted there. Offline: files and our own tables.

Which kind of value an option or argument takes is in `commands.json`. Names of files are the
shell's: here it is only said which ones.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ccloud_apply.cli.completion.position import Position
from ccloud_apply.lazy_pattern import lazy_pattern

if TYPE_CHECKING:
    from ccloud_apply.cli.completion.fleet_names import Fleet
    from ccloud_apply.cli.completion.outlines import Outline, ProjectOutline
    from ccloud_apply.model.documented import DocumentedOperation, Schema

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


class Value(NamedTuple):
    """A value, and a few words on it."""

    text: str
    help: str = ""


class Offer(NamedTuple):
    """What may stand there. `files`: names of files too, with these endings; `kept` is the part of
    the word that stays. `is_open`: something may follow in the same word."""

    values: tuple[Value, ...] = ()
    files: tuple[str, ...] = ()
    kept: str = ""
    partial: str = ""
    is_open: bool = False


def make_offer(position: Position) -> Offer:
    """What may stand at this position."""
    takes = position.wanted["takes"]
    kept, partial = position.kept, position.partial
    if takes in FILES:
        return Offer(files=FILES[takes], kept=kept, partial=partial)
    if takes == "list":
        before = partial[: partial.rfind(",") + 1]
        given = before.split(",")
        values = [value for value in _static(position) if value.text not in given]
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


# What is known without a file


def _static(position: Position) -> Iterator[Value]:
    for value in position.wanted.get("values", ()):
        yield Value(value) if isinstance(value, str) else Value(*value)


def _commands(position: Position) -> Iterator[Value]:
    for name, command in position.command["commands"].items():
        yield Value(name, command["help"])


def _options(position: Position) -> Iterator[Value]:
    for option in position.options:
        long = [flag for flag in option["flags"] if flag.startswith("--")]
        yield Value((long or option["flags"])[0], option["help"])


# What stack files and project files name


def _project(position: Position) -> "ProjectOutline | None":
    from ccloud_apply.cli.completion.outlines import read_project

    if "--no-project" in position.given:
        return None
    named = [*position.values_of("project-file")]
    return read_project(_paths(position), _expand(named[-1]) if named else None)


def _paths(position: Position) -> tuple[str, ...]:
    given = (*position.values_of("stack-file"), *position.values_of("plan-or-stack"))
    return tuple(map(_expand, given))


def _expand(path: str) -> str:
    return os.path.expanduser(path)  # noqa: PTH111 - a text that stays one


def _outlines(position: Position) -> "Iterator[Outline]":
    from ccloud_apply.cli.completion.outlines import find_files, read_outlines

    project = _project(position)
    given = position.values_of("environment")
    env = given[-1] if given else os.environ.get("CCLOUD_ENV")
    return read_outlines(find_files(_paths(position), project), project, env)


def _keys(position: Position) -> Iterator[Value]:
    """Keys, and those that stand for several servers."""
    for outline in _outlines(position):
        yield from (Value(key, f"all of {key} in {outline.stack}") for key in outline.groups)
        yield from (Value(key, outline.stack) for key in outline.keys)


def _servers(position: Position) -> Iterator[Value]:
    """Keys of one server, and hostnames."""
    for outline in _outlines(position):
        yield from (Value(key, outline.stack) for key in outline.keys)
        yield from (Value(hostname, outline.stack) for hostname in outline.hostnames)


def _hostnames(position: Position) -> Iterator[Value]:
    for outline in _outlines(position):
        yield from (Value(hostname, outline.stack) for hostname in outline.hostnames)


def _stacks(position: Position) -> Iterator[Value]:
    return (Value(outline.stack) for outline in _outlines(position))


def _tags(position: Position) -> Iterator[Value]:
    return (Value(f"stack:{outline.stack}") for outline in _outlines(position))


def _environments(position: Position) -> Iterator[Value]:
    project = _project(position)
    if project is not None and project.environments:
        yield from map(Value, project.environments)
        yield from _static(position)


def _variables(position: Position) -> Iterator[Value]:
    project = _project(position)
    if project is not None:
        yield from map(Value, project.variables)
        for name in project.environments:
            yield from map(Value, project.variables_of(name))
    for outline in _outlines(position):
        yield from (Value(name, outline.stack) for name in outline.variables)


# What a fleet has


def _fleet(position: Position) -> "Fleet":
    from ccloud_apply.cli.completion.fleet_names import read_fleet
    from ccloud_apply.cli.settings import read_work_dir
    from ccloud_apply.fleet.model.config import FLEET_FILE

    named = position.values_of("fleet-file")
    return read_fleet(_expand(named[-1]) if named else FLEET_FILE, read_work_dir(os.environ))


def _accounts(position: Position) -> Iterator[Value]:
    return map(Value, _fleet(position).accounts)


def _fleet_stacks(position: Position) -> Iterator[Value]:
    """`ACCOUNT/NAME` once an account is begun with, else the names."""
    has_account = "/" in position.partial
    for stack in _fleet(position).stacks():
        name = f"{stack.account}/{stack.name}" if has_account else stack.name
        yield Value(name, stack.account)


def _selectors(position: Position) -> Iterator[Value]:
    yield from _fleet_stacks(position)
    yield from (Value(f"account:{name}") for name in _fleet(position).accounts)
    yield from _static(position)


# What the API document has


def _operations(position: Position) -> Iterator[Value]:
    """Operations; after a method, its paths."""
    from ccloud_apply.load.request.document import METHODS, read_operations

    given = position.values_of("operation")
    for operation in read_operations().values():
        if not given:
            yield Value(operation.id, operation.summary)
        elif len(given) == 1 and operation.method == given[0].upper():
            yield Value(operation.path, operation.summary)
    if not given:
        yield from (Value(method.upper(), "a method, then a path") for method in METHODS)


def _operation(position: Position) -> "DocumentedOperation | None":
    from ccloud_apply.errors import CcloudApplyError
    from ccloud_apply.load.request.target import find_target

    try:
        return find_target(position.values_of("operation")).operation
    except CcloudApplyError:
        return None


def _parameters(position: Position) -> Iterator[Value]:
    operation = _operation(position)
    for one in () if operation is None else operation.parameters:
        yield Value(one.name, one.description)


def _parameter_values(position: Position, name: str) -> "Iterable[Value]":
    operation = _operation(position)
    if operation is None:
        return ()
    schema = next((one.schema for one in operation.parameters if one.name == name), {})
    return [*_enumerated(schema), *(_hostnames(position) if name == "hostname" else ())]


def _fields(position: Position) -> Iterator[Value]:
    operation = _operation(position)
    for name, schema in ({} if operation is None else operation.fields).items():
        ending = "[]" if schema.get("type") == "array" else ""
        yield Value(f"{name}{ending}", str(schema.get("description", "")))


def _field_values(position: Position, name: str) -> "Iterable[Value] | Offer":
    if position.partial.startswith(f"{name}=@"):
        return Offer(files=("",))
    operation = _operation(position)
    schema = {} if operation is None else operation.fields.get(name.removesuffix("[]"), {})
    return _enumerated(schema.get("items", schema))


def _enumerated(schema: "Schema") -> "Sequence[Value]":
    if schema.get("type") == "boolean":
        return (Value("true"), Value("false"))
    return tuple(Value(str(value)) for value in schema.get("enum", ()))


def _none_known(position: Position, name: str) -> "Iterable[Value]":
    return ()


def _written(position: Position, name: str) -> Offer:
    return Offer(files=("",))


_FINDERS: Mapping[str, Callable[[Position], Iterable[Value]]] = {
    "choice": _static,
    "command": _commands,
    "option": _options,
    "key": _keys,
    "server": _servers,
    "hostname": _hostnames,
    "stack": _stacks,
    "tag": _tags,
    "environment": _environments,
    "account": _accounts,
    "fleet-stack": _fleet_stacks,
    "selector": _selectors,
    "operation": _operations,
}
"""Kinds of values, and who finds them."""

_ASSIGNED: Mapping[
    str,
    tuple[
        Callable[[Position], Iterable[Value]],
        Callable[[Position, str], Iterable[Value] | Offer],
    ],
] = {
    "output": (_static, _written),
    "variable": (_variables, _none_known),
    "parameter": (_parameters, _parameter_values),
    "field": (_fields, _field_values),
}
"""Kinds of `NAME=VALUE`: who finds the names, and who the values."""

KINDS = frozenset((*_FINDERS, *_ASSIGNED, *FILES, "list", ""))
"""What an option or an argument may take; nothing is known of what "" is."""
