"""`--allow CLASS,...`: what a plan may do unasked. A plan with anything else is held."""

from collections.abc import Iterable
from difflib import get_close_matches

from ccloud_apply.errors import UsageError
from ccloud_apply.model.classes import CLASSES
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.results.plan import Plan
from ccloud_apply.plan.classes import classes_of


def parse_allowed(text: str | None) -> frozenset[str] | None:
    """The classes of `--allow`; None allows everything. Raises UsageError for an unknown one."""
    if text is None:
        return None
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in CLASSES:
            close = get_close_matches(name, CLASSES, n=1)
            raise UsageError(
                f'--allow: there is no class "{name}"',
                hint=f'did you mean "{close[0]}"?' if close else f"classes: {', '.join(CLASSES)}",
            )
    return frozenset(names)


def hold_disallowed(plan: Plan, allowed: frozenset[str] | None) -> tuple[Diagnostic, ...]:
    """A guard's diagnostic for every server whose class is not allowed."""
    if allowed is None:
        return ()
    return tuple(
        Diagnostic(
            code="not-allowed",
            where=server.key if server.hostname is None else f"{server.key} ({server.hostname})",
            what=f'the plan has a change of class "{name}", which --allow does not name',
            hint=f"--allow {','.join(_in_order({*allowed, *classes_of(server)}))}",
            severity=Severity.HELD,
        )
        for stack in plan.stacks
        for server in stack.entries
        for name in classes_of(server)
        if name not in allowed and not (name == "retire" and "destroy" in allowed)
    )


def _in_order(names: Iterable[str]) -> list[str]:
    given = set(names)
    return [name for name in CLASSES if name in given]
