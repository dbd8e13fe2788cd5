"""Names that files have: stack files, project files and `fleet.yaml`. Read, and never checked."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ccloud_apply.cli.completion.offer import Value, list_values
from ccloud_apply.cli.completion.position import Position

if TYPE_CHECKING:
    from ccloud_apply.cli.completion.fleet_names import Fleet
    from ccloud_apply.cli.completion.outlines import Outline, ProjectOutline


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


def find_keys(position: Position) -> Iterator[Value]:
    """Keys, and those that stand for several servers."""
    for outline in _outlines(position):
        yield from (Value(key, f"all of {key} in {outline.stack}") for key in outline.groups)
        yield from (Value(key, outline.stack) for key in outline.keys)


def find_servers(position: Position) -> Iterator[Value]:
    """Keys of one server, and hostnames."""
    for outline in _outlines(position):
        yield from (Value(key, outline.stack) for key in outline.keys)
        yield from (Value(hostname, outline.stack) for hostname in outline.hostnames)


def find_hostnames(position: Position) -> Iterator[Value]:
    """Hostnames that stack files give."""
    for outline in _outlines(position):
        yield from (Value(hostname, outline.stack) for hostname in outline.hostnames)


def find_stacks(position: Position) -> Iterator[Value]:
    """Names of stacks."""
    return (Value(outline.stack) for outline in _outlines(position))


def find_tags(position: Position) -> Iterator[Value]:
    """The tag of each stack."""
    return (Value(f"stack:{outline.stack}") for outline in _outlines(position))


def find_environments(position: Position) -> Iterator[Value]:
    """The project's environments, and what stands for all of them where that may be given."""
    project = _project(position)
    if project is not None and project.environments:
        yield from map(Value, project.environments)
        yield from list_values(position)


def find_variables(position: Position) -> Iterator[Value]:
    """Variables of the project, of its environments and of stack files."""
    project = _project(position)
    if project is not None:
        yield from map(Value, project.variables)
        for name in project.environments:
            yield from map(Value, project.variables_of(name))
    for outline in _outlines(position):
        yield from (Value(name, outline.stack) for name in outline.variables)


def _fleet(position: Position) -> "Fleet":
    from ccloud_apply.cli.completion.fleet_names import read_fleet
    from ccloud_apply.cli.settings import read_work_dir
    from ccloud_apply.fleet.model.config import FLEET_FILE

    named = position.values_of("fleet-file")
    return read_fleet(_expand(named[-1]) if named else FLEET_FILE, read_work_dir(os.environ))


def find_accounts(position: Position) -> Iterator[Value]:
    """Accounts of the fleet."""
    return map(Value, _fleet(position).accounts)


def find_fleet_stacks(position: Position) -> Iterator[Value]:
    """`ACCOUNT/NAME` once an account is begun with, else the names."""
    has_account = "/" in position.partial
    for stack in _fleet(position).stacks():
        name = f"{stack.account}/{stack.name}" if has_account else stack.name
        yield Value(name, stack.account)


def find_selectors(position: Position) -> Iterator[Value]:
    """Names of the fleet's stacks, its accounts, and states."""
    yield from find_fleet_stacks(position)
    yield from (Value(f"account:{name}") for name in _fleet(position).accounts)
    yield from list_values(position)
