"""What the environments of a project mean for one stack: whether one has to be chosen, and whether
two of them give the stack one name in one account.

Which environments there are, and which may be of one account, comes with `Inherited.others`.
"""

from collections.abc import Callable, Mapping

from ccloud_apply.load.stack.inherited import Inherited
from ccloud_apply.load.stack.interpolate import Budget, Scope, TooMuchWorkError
from ccloud_apply.load.stack.names import resolve_stack_name
from ccloud_apply.load.text.collector import CollectorFullError, DiagnosticCollector
from ccloud_apply.load.text.format_values import escape
from ccloud_apply.load.text.node import Node, Place
from ccloud_apply.model.diagnostic import Severity
from ccloud_apply.model.text import join_names

Resolve = Callable[[Inherited, DiagnosticCollector], Mapping[str, Node | None]]
"""The variables of the stack in another environment; mistakes go to the collector."""

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
    node: Node | None,
    name: str,
    used: Mapping[str, Place],
    inherited: Inherited,
    resolve: Resolve,
    collector: DiagnosticCollector,
) -> None:
    """Report another environment that gives the stack the same name in the same account: each of
    them would change the servers of the other one.

    A stack that uses nothing of either environment is the same in both, and may have one name.
    """
    if node is None or not name or inherited.env is None:
        return
    for other in inherited.others:
        differing = {f"var.{one}" for one in {*inherited.values, *other.values}} | {"env"}
        if not (used.keys() & differing) or _name_in(other, node, resolve) != name:
            continue
        one, two = sorted((escape(inherited.env), escape(other.env or "")))  # whichever is chosen
        what = (
            f'the environments {one} and {two} both call this stack "{escape(name)}", and nothing'
            " tells their accounts apart"
        )
        hint = "put ${env} into the stack's name, or say which account each environment expects"
        collector.add(SHARED_NAME, "stack", what, node.place, hint=hint)
        return


def _name_in(other: Inherited, node: Node, resolve: Resolve) -> str:
    """The name of the stack in another environment; empty where it has an error there."""
    if not node.is_dynamic:
        return node.value if isinstance(node.value, str) else ""
    unheard = DiagnosticCollector(node.place[-1])
    try:
        variables = resolve(other, unheard)
        scope = Scope(variables=variables, stack="", budget=Budget(), env=other.env)
        return resolve_stack_name(node, scope, unheard)
    except (CollectorFullError, TooMuchWorkError):  # errors of that environment alone
        return ""
