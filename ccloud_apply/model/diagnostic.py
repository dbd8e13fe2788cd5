"""One thing to tell a person about what they wrote or what a plan would do."""

from collections.abc import Iterable
from enum import StrEnum

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.source import SourceRange

CHECK_PREFIX = "CCA"
"""How the codes of checks begin."""


class Severity(StrEnum):
    """How much a diagnostic stops.

    HELD is a guard or a policy: the plan is complete and can be shown, but nothing of it is done.
    """

    ERROR = "error"
    HELD = "held"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """A message with its place and the way out.

    `code` is stable, for tests and JSON. `where` names the thing (`servers.web.disks`, `vs10001`),
    `what` is one sentence without a full stop, `hint` is a command or an edit. `is_difference`: no
    plan can be made because of what differs, so for drift it is a finding and no error.
    """

    code: str
    what: str
    where: str = ""
    hint: str = ""
    severity: Severity = Severity.ERROR
    source: SourceRange | None = None
    is_difference: bool = False

    @property
    def is_of_check(self) -> bool:
        """True for what a check has found, which `--no-checks CODE` leaves out."""
        return self.code.startswith(CHECK_PREFIX)

    @property
    def is_error(self) -> bool:
        """True for what makes a value unusable; a held plan is complete."""
        return self.severity is Severity.ERROR


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """True if at least one of them is an error."""
    return any(diagnostic.is_error for diagnostic in diagnostics)


def sort_diagnostics(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """In the order of their place in the file; those without a place stand last."""

    def place(diagnostic: Diagnostic) -> tuple[bool, str, int, int]:
        source = diagnostic.source
        if source is None:
            return (True, "", 0, 0)
        return (False, source.path, source.line, source.column)

    return tuple(sorted(diagnostics, key=place))
