"""The texts of servers that stand in files: templates are filled in, and what is wrong is told.

What a field thinks of its text is its aspect's `check_text`; how a template is filled in belongs to
`template.py`.
"""

import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import field, replace
from typing import Any

from ccloud_apply.aspects.base import Aspect
from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.errors import UnreadableReferenceError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.load.stack.interpolate import Findings
from ccloud_apply.load.stack.layers import Filled
from ccloud_apply.load.stack.template import Slot, fill_template, split_template
from ccloud_apply.load.text.collector import DiagnosticCollector
from ccloud_apply.load.text.format_values import escape
from ccloud_apply.load.text.node import Node
from ccloud_apply.model.declared.reference import Reference, Template, find_references
from ccloud_apply.model.diagnostic import Severity

ReadText = Callable[[Reference], str]
"""Reads a file that is no secret. Raises UnreadableReferenceError."""

WITH_TEXT = {n: a for n, a in ASPECTS.items() if type(a).check_text is not Aspect.check_text}


def read_no_text(reference: Reference) -> str:
    """For a stack whose files nobody can read. Raises UnreadableReferenceError always."""
    raise UnreadableReferenceError(f"{reference} cannot be read here")


@dataclass(frozen=True, slots=True)
class _Written:
    """A field of one server as its files write it."""

    name: str
    node: Node
    filled: Filled

    @property
    def where(self) -> str:
        """The path to it."""
        return self.filled.spell((self.name,), self.node)


@dataclass(slots=True, kw_only=True)
class Texts:
    """The texts of one stack file's servers. Each file is read once, and told of once."""

    collector: DiagnosticCollector
    read: ReadText = read_no_text
    look: Callable[[Reference], str | None]
    secret_commands: Sequence[Sequence[str]] = ()
    _texts: dict[str, str | None] = field(default_factory=dict)
    _templates: dict[str, tuple[str | Slot, ...]] = field(default_factory=dict)
    _problems: dict[str, UnreadableReferenceError] = field(default_factory=dict)
    _told: set[tuple[str, str]] = field(default_factory=set)

    def complete(self, name: str, value: Any, node: Node, filled: Filled) -> Any:
        """The canonical value of a field that has a text, or that names a secret or a file: its
        template filled in. What is wrong is in the diagnostics.

        A template that cannot be filled in stays as it is: an error says why, or it depends on what
        is not known.
        """
        if name not in WITH_TEXT and not isinstance(value, Reference):
            return value
        written = _Written(name, node, filled)
        if isinstance(value, Reference | Template):
            self._check_commands(value, written)
            self._check_readable(value, written)
        if isinstance(value, Template):
            value = self._fill(value, written)
        if name in WITH_TEXT:
            self._check_text(value, written)
        return value

    def _fill(self, template: Template, written: _Written) -> Template:
        reference = Reference("file", template.name, template.base)
        text = self._read(reference)
        if text is None:
            return template  # an error says why
        findings = Findings(self.collector, written.where)
        path = template.path
        if path not in self._templates:
            self._templates[path] = split_template(text, path, findings)
        parts = self._templates[path]
        secrets = [name for name, _ in template.secrets]
        filled = fill_template(parts, secrets, written.filled.scope, findings)
        if findings.has_errors:
            return template
        self._tell_unused(template, {p.secret for p in parts if isinstance(p, Slot)}, written)
        return replace(template, parts=filled)

    def _tell_unused(self, template: Template, used: set[str], written: _Written) -> None:
        for name, _ in template.secrets:
            if name not in used:
                self.collector.add(
                    "unused-secret",
                    f"{written.where}.secrets.{escape(name)}",
                    f"{escape(template.name)} has no ${{secret.{escape(name)}}}",
                    written.node.find(("secrets", name)).place,
                    hint="remove it here, or write it there",
                    severity=Severity.WARNING,
                )

    def _check_readable(self, value: Any, written: _Written) -> None:
        """Tell of a file that is there, and has no text; `check_fields` tells of other files."""
        node, detail = written.node, ""
        match value:
            case Template():
                reference = Reference("file", value.name, value.base)
                node, detail = node.find(("template",)), ".template"
            case Reference(is_secret=False):
                reference = value
            case _:
                return
        self._read(reference)
        error = self._problems.pop(reference.path, None)
        if error is not None and self.look(reference) is None:
            what = escape(error.message, limit=300)
            where = f"{written.where}{detail}"
            self.collector.add("bad-reference", where, what, node.place, hint=error.hint)

    def _check_text(self, value: Any, written: _Written) -> None:
        name = written.name
        match value:
            case str():
                text, subject = value, "the text"
            case Template() if value.parts is not None and (name, value.path) not in self._told:
                self._told.add((name, value.path))
                text, subject = value.text, escape(value.name)
            case Reference():
                text, subject = self._read(value) or "", escape(value.name)
            case _:
                return
        for problem in WITH_TEXT[name].check_text(text, subject):
            self.collector.add(
                problem.code,
                written.where,
                problem.what,
                written.node.place,
                hint=problem.hint,
                severity=problem.severity,
            )

    def _read(self, reference: Reference) -> str | None:
        if reference.path not in self._texts:
            try:
                self._texts[reference.path] = self.read(reference)
            except UnreadableReferenceError as error:
                self._texts[reference.path] = None
                if self.read is not read_no_text:
                    self._problems[reference.path] = error
        return self._texts[reference.path]

    def _check_commands(self, value: Any, written: _Written) -> None:
        for path, reference in _find_named(value):
            if reference.kind != "command":
                continue
            problem = forbid_command(shlex.split(reference.name), self.secret_commands)
            if problem is not None:
                what, hint = problem
                at = ".".join((written.where, *map(escape, path)))
                place = written.node.find(path).place
                self.collector.add("forbidden-command", at, what, place, hint=hint)


def _find_named(value: Any) -> Iterator[tuple[tuple[str, ...], Reference]]:
    """Each reference with the path of the part of the value that says it."""
    if isinstance(value, Template):
        yield from ((("secrets", name), reference) for name, reference in value.secrets)
    else:
        yield from (((), reference) for reference in find_references(value))


def forbid_command(
    command: Sequence[str], beginnings: Sequence[Sequence[str]]
) -> tuple[str, str] | None:
    """Why a stack file may not name this command, and the way out; None if it may.

    A command is allowed that begins as the project file says and has no further option: options
    can make a program write files or run others.
    """
    given = tuple(command)
    matching = [len(b) for b in beginnings if b and given[: len(b)] == tuple(b)]
    if not matching:
        return (
            f"the project file does not allow the command {escape(given[0])}",
            "list how it begins under secret_commands in ccloud-apply.yaml",
        )
    options = [[one for one in given[length:] if one.startswith("-")] for length in matching]
    if all(options):
        return (
            f"{escape(options[0][0])} is an option that the project file does not allow",
            "list the command with it under secret_commands in ccloud-apply.yaml",
        )
    return None
