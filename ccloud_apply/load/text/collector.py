"""Collects the diagnostics of one file, without duplicates and up to a limit."""

from ccloud_apply.load.text.node import Place, start_of
from ccloud_apply.model.diagnostic import Diagnostic, Severity, sort_diagnostics

MAX_DIAGNOSTICS = 200


class CollectorFullError(Exception):
    """The collector has MAX_DIAGNOSTICS errors: looking for more is useless."""


class DiagnosticCollector:
    """The diagnostics of one file.

    A mistake in one place is reported once, however many servers it affects. Beyond
    MAX_DIAGNOSTICS, an error raises CollectorFullError and a warning is dropped.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._errors: dict[tuple[object, ...], Diagnostic] = {}
        self._warnings: dict[tuple[object, ...], Diagnostic] = {}
        self._is_full = False

    @property
    def has_errors(self) -> bool:
        """True if there is any error: the file cannot be used."""
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
        """Add a diagnostic at a place of any file; None is this file as a whole."""
        source = place or start_of(self.path)
        self.take(
            Diagnostic(
                code=code, where=where, what=what, hint=hint, severity=severity, source=source
            )
        )

    def take(self, *diagnostics: Diagnostic) -> None:
        """Add finished diagnostics."""
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
                raise CollectorFullError

    def sorted(self) -> tuple[Diagnostic, ...]:
        """All of them in the order of the file, and a last one if some are missing."""
        found = sort_diagnostics((*self._errors.values(), *self._warnings.values()))
        if not self._is_full:
            return found
        what = f"only the first {MAX_DIAGNOSTICS} errors are shown"
        source = start_of(self.path)
        more = Diagnostic(code="more-errors", what=what, source=source, hint="fix these first")
        return (*found, more)


class RecordingCollector(DiagnosticCollector):
    """Keeps what it was given in its order, in `taken`, for other collectors to take the same."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.taken: list[Diagnostic] = []

    def take(self, *diagnostics: Diagnostic) -> None:
        """Add finished diagnostics; the one that is too many is kept too, as it stops others."""
        for diagnostic in diagnostics:
            self.taken.append(diagnostic)
            super().take(diagnostic)
