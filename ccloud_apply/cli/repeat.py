"""Completes the commands that messages name with options of this run, so that each of them works as
it is written.

A message is made where the error is, which knows no command line: `ccloud-apply fleet status` shows
another fleet unless it repeats the `--config FILE` of the run. Which options a command has is in
`completion/commands.json`.
"""

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click
from click.core import ParameterSource

from ccloud_apply.cli.params.options import Flags
from ccloud_apply.lazy_dataclass import replace
from ccloud_apply.lazy_pattern import lazy_pattern

if TYPE_CHECKING:
    from ccloud_apply.model.diagnostic import Diagnostic
    from ccloud_apply.model.event import Event
    from ccloud_apply.model.results.plan import Plan

_COMMAND = lazy_pattern(r"(?<![\w./-])ccloud-apply((?: [a-z]+(?:-[a-z]+)*)+)")
_END = lazy_pattern(r"[`;\n]")

_LOCAL = ("completion", "fleet", "fmt", "journal", "sandbox", "schema")
"""Commands that open neither an account nor, by themselves, a project."""

_PROJECT = ("--project", "--no-project", "--env")
"""Options that only a command for stacks repeats: any other one works without them."""

_OWN = ("--config", "--var", "--var-file")
"""Options of one command that another one needs too, to read the same files and values."""

_RISKY = frozenset("@?#")

_STACKS = ("stack-file", "plan-or-stack")
"""What `commands.json` calls an argument that can be a stack file."""


class _Given(NamedTuple):
    """An option of this run as a shell takes it; `is_common` for one that every command has."""

    flag: str
    text: str
    is_common: bool = False


def current_flags() -> Flags | None:
    """The flags of the command that runs now; None outside of one."""
    context = click.get_current_context(silent=True)
    return None if context is None else context.find_object(Flags)


def complete_text(text: str, flags: Flags | None) -> str:
    """The text with each `ccloud-apply COMMAND` of it completed."""
    if flags is None or "ccloud-apply " not in text:
        return text
    given = tuple(_list_given(flags))
    if not given:
        return text
    from ccloud_apply.cli.completion.answer import read_commands

    table = read_commands()
    parts, done = [], 0
    for found in _COMMAND.finditer(text):
        rest = _END.split(text[found.end() :], maxsplit=1)[0]
        parts += [text[done : found.start()], "ccloud-apply"]
        parts.append(_complete(table, found[1], rest, given, flags))
        done = found.end()
    return "".join((*parts, text[done:]))


def complete_diagnostics(
    diagnostics: "Sequence[Diagnostic]", flags: Flags | None
) -> "tuple[Diagnostic, ...]":
    """The diagnostics with the commands that they name completed."""
    return tuple(
        replace(one, what=complete_text(one.what, flags), hint=complete_text(one.hint, flags))
        for one in diagnostics
    )


def complete_plan(plan: "Plan", flags: Flags | None) -> "Plan":
    """The plan with the commands completed that its guards and warnings name."""
    if not any(stack.held or stack.warnings for stack in plan.stacks):
        return plan
    stacks = tuple(
        replace(
            stack,
            held=complete_diagnostics(stack.held, flags),
            warnings=complete_diagnostics(stack.warnings, flags),
        )
        for stack in plan.stacks
    )
    return replace(plan, stacks=stacks)


def complete_event(event: "Event", flags: Flags | None) -> "Event":
    """The event with the commands completed that its texts name."""
    changed: dict[str, Any] = {
        name: complete_text(text, flags)
        for name in ("message", "error", "because")
        if (text := getattr(event, name)) is not None
    }
    if event.diagnostic is not None:
        changed["diagnostic"] = complete_diagnostics((event.diagnostic,), flags)[0]
    return replace(event, **changed)


def _complete(table: Any, written: str, rest: str, given: Sequence[_Given], flags: Flags) -> str:
    """The words of a command with the options that it needs; those of all commands come first."""
    words = written.split()
    entry, path = table, list[str]()
    for word in words:
        if word not in entry.get("commands", {}):
            break
        entry, path = entry["commands"][word], [*path, word]
    others = [*words[len(path) :], *_split(rest)]
    if not path or "commands" in entry or {"--help", "--list"} & set(others):
        return written
    needed = [
        one
        for one in given
        if one.flag not in others and _is_needed(one, path, entry, others, flags)
    ]
    common = [one.text for one in needed if one.is_common]
    own = [one.text for one in needed if not one.is_common]
    return "".join(f" {word}" for word in (*common, *path, *own, *words[len(path) :]))


def _is_needed(
    one: _Given, path: Sequence[str], entry: Any, others: Sequence[str], flags: Flags
) -> bool:
    own = [flag for option in entry.get("options", ()) for flag in option["flags"]]
    if not one.is_common:
        return one.flag in own and (one.flag in _OWN or _is_same_new(path, others, flags))
    if path[0] in _LOCAL or one.flag in own:
        return False
    if one.flag not in _PROJECT:
        return True
    has_stacks = any(argument["takes"] in _STACKS for argument in entry.get("arguments", ()))
    if one.flag == "--env" and flags.project is None:
        return has_stacks and _finds_project(others)
    return has_stacks


def _is_same_new(path: Sequence[str], others: Sequence[str], flags: Flags) -> bool:
    """True for a `new` of a run of `new` that writes the same kind of file."""
    context = flags.context
    if context is None or [context.info_name] != path or path != ["new"]:
        return False
    return ("--project" in others) is bool(context.params.get("project"))


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:  # an apostrophe of the sentence
        return text.split()


def _finds_project(words: Sequence[str]) -> bool:
    """True if a command with these words has a project file, without which no environment is."""
    from ccloud_apply.errors import CcloudApplyError
    from ccloud_apply.project_files import find_project_file

    try:
        return find_project_file([word for word in words if Path(word).exists()]) is not None
    except (CcloudApplyError, OSError, ValueError):
        return False


def _list_given(flags: Flags) -> Iterator[_Given]:
    """The options that the command line of this run gives, in the order of the help."""
    endpoint = flags.endpoint or ""
    common = (
        # One that could hold a credential is refused before long, and never shown.
        ("--endpoint", None if _RISKY & set(endpoint) else flags.endpoint),
        ("--sandbox", flags.is_sandbox),
        ("--project", flags.project),
        ("--no-project", flags.has_no_project),
        ("--env", flags.env),
    )
    for flag, value in common:
        yield from _spell(flag, value, is_common=True)
    context = flags.context
    if context is None:
        return
    for param in context.command.params:
        if not isinstance(param, click.Option) or param.name not in context.params:
            continue
        if context.get_parameter_source(param.name) is ParameterSource.COMMANDLINE:
            value = context.params[param.name]
            for each in value if isinstance(value, tuple) else (value,):
                yield from _spell(param.opts[0], each)


def _spell(flag: str, value: object, *, is_common: bool = False) -> Iterator[_Given]:
    """Nothing for an option that is not given, or whose value no line can show."""
    if value is True:
        yield _Given(flag, flag, is_common)
    elif value is not None and value is not False and str(value).isprintable():
        yield _Given(flag, f"{flag} {shlex.quote(str(value))}", is_common)
