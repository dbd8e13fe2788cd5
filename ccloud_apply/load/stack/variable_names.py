"""Names of variables that no stack declares: an error on the command line, a warning in a file.

A file of variables may be for more stacks than one run has, but what is typed is meant for it.
"""

from collections.abc import Collection, Iterator, Mapping

from ccloud_apply.load.stack.variables import VariableSources
from ccloud_apply.load.text.format_values import did_you_mean, escape, join_words
from ccloud_apply.load.text.node import Node
from ccloud_apply.model.diagnostic import Diagnostic, Severity

_SHOWN_NAMES = 20


def check_names(
    sources: VariableSources,
    declared: Collection[str],
    environment: Mapping[str, Node] | None = None,
) -> Iterator[Diagnostic]:
    """Every name that is set and that none of the stacks declares.

    `environment` has the values of the project's environment.
    """
    for name in sources.flags:
        if name not in declared:
            yield Diagnostic(
                code="unknown-variable",
                where=f"--var {escape(name)}",
                what=f'no stack declares a variable "{escape(name)}"',
                hint=_suggest(name, declared),
            )
    for name, node in (*(environment or {}).items(), *sources.file.items()):
        if name not in declared:
            yield Diagnostic(
                code="unused-variable",
                where=escape(name),
                what=f'no stack declares a variable "{escape(name)}"; its value is not used',
                hint=_suggest(name, declared),
                severity=Severity.WARNING,
                source=node.place,
            )


def _suggest(name: str, declared: Collection[str]) -> str:
    names = sorted(declared)
    if not names:
        return "declared variables: none"
    more = ("...",) if len(names) > _SHOWN_NAMES else ()
    listed = join_words([*names[:_SHOWN_NAMES], *more], "and")
    return did_you_mean(name, names) or f"declared variables: {listed}"
