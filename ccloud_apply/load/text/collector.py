"""Collects what is wrong with one file: each thing once, and not more than a person can read."""

from ccloud_apply.load.text.node import Place, to_source
from ccloud_apply.model.diagnostic import Diagnostic, Severity, sort_diagnostics

MAX_DIAGNOSTICS = 200


class ReportFullError(Exception):
    """There are more errors than anybody reads; looking for more is work for nothing."""


class Reporter:
    """The diagnostics of one file.

    What stands once in the file is told once, however many servers it concerns. More than
    MAX_DIAGNOSTICS errors raise ReportFullError, more warnings than that are dropped.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._errors: dict[tuple[object, ...], Diagnostic] = {}
        self._warnings: dict[tuple[object, ...], Diagnostic] = {}
        self._is_full = False

    @property
    def has_errors(self) -> bool:
        """True if anything makes the file unusable."""
        return bool(self._errors)

    def add(
        self,
        code: str,
        where: str,
        what: str,
        place: Place | None,
        *,
        hint: str = "",
        severity: Severity = Severity.ERROR,
    ) -> None:
        """Tell about one place of the file; None is the file as a whole."""
        source = to_source(place or (1, 1, 1, 1), self.path)
        self.take(
            Diagnostic(
                code=code, where=where, what=what, hint=hint, severity=severity, source=source
            )
        )

    def take(self, *diagnostics: Diagnostic) -> None:
        """Tell what somebody else found."""
        for diagnostic in diagnostics:
            # A wrong type has one cause in the file, though each instance may show its own value.
            what = "" if diagnostic.code == "wrong-type" else diagnostic.what
            key = (diagnostic.code, diagnostic.source, what)
            found = self._errors if diagnostic.is_error else self._warnings
            if key in found:
                continue
            if len(found) < MAX_DIAGNOSTICS:
                found[key] = diagnostic
            elif diagnostic.is_error:
                self._is_full = True
                raise ReportFullError

    def sorted(self) -> tuple[Diagnostic, ...]:
        """All of them in the order of the file, and a last one if there would be more."""
        found = sort_diagnostics((*self._errors.values(), *self._warnings.values()))
        if not self._is_full:
            return found
        what = f"there are more errors than these {MAX_DIAGNOSTICS}"
        source = to_source((1, 1, 1, 1), self.path)
        more = Diagnostic(code="more-errors", what=what, source=source, hint="correct these first")
        return (*found, more)
