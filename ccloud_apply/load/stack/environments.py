"""What the environments of a project mean for one stack: whether one has to be chosen, and whether
two of them give the stack one name in one account.

Which environments there are, and which may be of one account, comes with `Inherited.others`.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import field, replace

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.load.stack.inherited import Inherited
from ccloud_apply.load.stack.interpolate import (
    Budget,
    Expression,
    InterpolationError,
    Scope,
    TooMuchWorkError,
    parse_template,
)
from ccloud_apply.load.stack.names import resolve_stack_name
from ccloud_apply.load.stack.sections import build_renames
from ccloud_apply.load.text.collector import CollectorFullError, DiagnosticCollector
from ccloud_apply.load.text.format_values import escape
from ccloud_apply.load.text.node import Node, Place
from ccloud_apply.model.declared.project import ExpectedAccount
from ccloud_apply.model.declared.stack import Rename, Stack
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.text import join_names

Resolve = Callable[[Inherited, Collection[str], DiagnosticCollector], Mapping[str, Node | None]]
"""The variables of the stack in another environment, with the values of these names; mistakes go to
the collector."""

Names = tuple[str, frozenset[str]]
"""The name of a stack in one environment, and its earlier ones; empty where it has an error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """One stack in the other environments. `known` has its names in those by which it was named
    already: a run through all environments asks for each of them again and again."""

    root: Node
    resolve: Resolve
    known: dict[str, Names] = field(default_factory=dict)

    def names_in(self, other: Inherited) -> Names:
        """The stack's names in this environment."""
        env = other.env or ""
        if env not in self.known:
            self.known[env] = self._resolve_names(other)
        return self.known[env]

    def _resolve_names(self, other: Inherited) -> Names:
        node, renamed = self.root.child("stack"), self.root.child("renamed")
        assert node is not None
        unheard = DiagnosticCollector(node.place.path)
        used = frozenset((*_find_variables(node), *_find_variables(renamed)))
        try:
            variables = self.resolve(other, used, unheard)
            scope = Scope(variables=variables, stack="", budget=Budget(), env=other.env)
            name = resolve_stack_name(node, scope, unheard)
            renames = build_renames(renamed, replace(scope, stack=name), unheard)
        except (CollectorFullError, TooMuchWorkError):  # errors of that environment alone
            is_literal = isinstance(node.value, str) and not node.is_dynamic
            return node.value if is_literal else "", frozenset()
        return name, frozenset(rename.before for rename in renames)


def _find_variables(node: Node | None) -> Iterator[str]:
    """The variables that a value names, as far as it can be read."""
    if node is None or not node.is_dynamic:
        return
    if isinstance(node.value, dict | list):
        children = node.value.values() if isinstance(node.value, dict) else node.value
        for child in children:
            yield from _find_variables(child)
        return
    with suppress(InterpolationError):
        for part in parse_template(node.value):
            if isinstance(part, Expression) and part.root == "var":
                yield from part.path[:1]


SHARED_NAME = "environments-share-name"
"""The code of a stack that two environments give one name; it names both."""


def find_absent(inherited: Inherited) -> frozenset[str]:
    """The variables that only an environment sets, where none is chosen: nobody knows them."""
    if inherited.env is not None:
        return frozenset()
    return frozenset(name for other in inherited.others for name in other.values)


def check_choice(
    used: Mapping[str, Place],
    declared: Mapping[str, Node | None],
    inherited: Inherited,
    collector: DiagnosticCollector,
) -> None:
    """Report what the stack uses of its environments although none is chosen.

    `used` are the names that were looked up, with their places, and `declared` the values of the
    variables that are declared without an environment. A variable that an environment
    alone sets is an error. One that has a value without it is a warning: the environments would
    give it another one.
    """
    for name in sorted(find_absent(inherited)):
        place = used.get(f"var.{name}")
        if place is None:
            continue
        setting = join_names(one.env or "" for one in inherited.others if name in one.values)
        hint = f"choose one with --env NAME or CCLOUD_ENV: {_names(inherited)}"
        where = f"variables.{escape(name)}"
        if name not in declared:
            what = f"{escape(name)} is set by an environment alone ({setting}), and none is chosen"
            collector.add("no-environment", where, what, place, hint=hint)
        elif declared[name] is not None:
            what = f"no environment is chosen, so {escape(name)} has not the value of {setting}"
            severity = Severity.WARNING
            collector.add("environment-unused", where, what, place, hint=hint, severity=severity)


def _names(inherited: Inherited) -> str:
    return join_names(other.env or "" for other in inherited.others)


def check_names(
    elsewhere: Elsewhere,
    stack: str,
    renames: Sequence[Rename],
    used: Mapping[str, Place],
    inherited: Inherited,
    collector: DiagnosticCollector,
) -> Mapping[str, str]:
    """The other names that the stack has in the environments that may be of the same account, each
    with its environment.

    Reports one of them in which it has the same name, now or before: each environment would change
    the servers of the other one, or take what is the other's. A stack that uses nothing of either
    environment is the same in both, and may have one name.
    """
    root = elsewhere.root
    node = root.child("stack")
    found: dict[str, str] = {}
    if node is None or not stack or inherited.env is None:
        return found
    for other in inherited.others:
        if not _differs(used, inherited, other):
            continue
        one, two = sorted((escape(inherited.env), escape(other.env or "")))  # whichever is chosen
        theirs, before = elsewhere.names_in(other)
        if theirs == stack:
            what = (
                f'the environments {one} and {two} both call this stack "{escape(stack)}", and'
                " nothing tells their accounts apart"
            )
            hint = "put ${env} into the stack's name, or say which account each environment expects"
            collector.add(SHARED_NAME, "stack", what, node.place, hint=hint)
            return found
        for rename in renames:
            if rename.before not in (theirs, *before):
                continue
            what = (
                f"the environments {one} and {two} would both own servers of the stack"
                f' "{escape(rename.before)}", and nothing tells their accounts apart'
            )
            hint = (
                "put ${env} or a variable of the environments into it, or say which account each"
                " environment expects"
            )
            place = root.find(("renamed", "from")).place
            collector.add(SHARED_NAME, "renamed.from", what, place, hint=hint)
            return found
        if theirs:
            found.setdefault(theirs, other.env or "")
    return found


def find_claims(
    elsewhere: Elsewhere,
    names: Sequence[str],
    used: Mapping[str, Place],
    inherited: Inherited,
) -> tuple[ExpectedAccount, ...]:
    """The accounts in which this stack's servers, under all of its `names`, would be those of
    another environment: it expects the account, and this one expects none."""
    if elsewhere.root.child("stack") is None:
        return ()
    found = []
    for account, other in inherited.apart:
        if _differs(used, inherited, other):
            theirs, before = elsewhere.names_in(other)
            if not {theirs, *before}.isdisjoint(names):
                found.append(account)
    return tuple(found)


def _differs(used: Mapping[str, Place], one: Inherited, other: Inherited) -> bool:
    """True if the stack uses something that these environments say."""
    names = (name.removeprefix("var.") for name in used if name != "env")
    return "env" in used or any(name in one.values or name in other.values for name in names)


def check_files(
    stacks: Iterable[Stack], elsewhere: Iterable[tuple[str, Mapping[str, str]]]
) -> Iterator[Diagnostic]:
    """A stack of the name that another file gives to its own in another environment of the same
    account. `elsewhere` has what `check_names` gives for each file, by its path."""
    found: dict[str, dict[str, str]] = {}
    for path, names in elsewhere:
        for name, env in names.items():
            found.setdefault(name, {})[path] = env
    for stack in stacks:
        for path, env in found.get(stack.name, {}).items():
            if path == stack.path:
                continue
            yield Diagnostic(
                code=SHARED_NAME,
                where="stack",
                what=f'"{escape(stack.name)}" is the stack of {escape(path, limit=300)} in the'
                f" environment {escape(env)}, and nothing tells their accounts apart",
                hint="give one of them another name, or say which account each environment expects",
                source=stack.source,
            )
            break
