"""What `fmt` has made of files: the text before and after, and what could not be formatted."""

from dataclasses import field

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.diagnostic import Diagnostic


@dataclass(frozen=True, slots=True, kw_only=True)
class FormattedFile:
    """One file. `after` is None where it could not be formatted; then diagnostics say why.

    `shown_before` and `shown_after` are the same texts for a reader, with secrets masked.
    """

    path: str
    before: str = field(default="", repr=False)
    after: str | None = field(default=None, repr=False)
    shown_before: str = field(default="", repr=False)
    shown_after: str = field(default="", repr=False)
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def is_changed(self) -> bool:
        """True if the file has another layout."""
        return self.after is not None and self.after != self.before


@dataclass(frozen=True, slots=True, kw_only=True)
class Formatting:
    """All files of a run, in their order."""

    files: tuple[FormattedFile, ...]

    @property
    def changed(self) -> tuple[FormattedFile, ...]:
        """The files that have another layout."""
        return tuple(file for file in self.files if file.is_changed)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Why files could not be formatted."""
        return tuple(found for file in self.files for found in file.diagnostics)
