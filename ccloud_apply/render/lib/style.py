"""Symbols and colours of the text formats. Text is escaped (`escape.py`) before it is coloured."""

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.results.plan import Action

ADOPT_SYMBOL = "=>"
"""Terraform has no symbol for an adoption. The heading names it in words too."""

RETIRE_SYMBOL = "~/-"
RESTORE_SYMBOL = "~/+"
"""Changed now, and gone later; changed now, and here to stay."""

DEFER_SYMBOL = ">"
"""What would happen and is put off."""

SYMBOLS = {
    Action.CREATE: "+",
    Action.UPDATE: "~",
    Action.REPLACE: "-/+",
    Action.REINSTALL: "-/+",
    Action.RETIRE: RETIRE_SYMBOL,
    Action.RESTORE: RESTORE_SYMBOL,
    Action.DESTROY: "-",
    Action.ADOPT: ADOPT_SYMBOL,
    Action.UNCHANGED: "~",
    Action.NOT_COMPARED: "?",
}

_RESET = "\x1b[0m"


@dataclass(frozen=True, slots=True)
class Style:
    """Colours by ANSI escapes, or none at all; the text is the same either way."""

    is_coloured: bool = False

    def _paint(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}{_RESET}" if self.is_coloured and text else text

    def green(self, text: str) -> str:
        """What is created, or has succeeded."""
        return self._paint("32", text)

    def yellow(self, text: str) -> str:
        """What changes, or needs attention."""
        return self._paint("33", text)

    def red(self, text: str) -> str:
        """What is removed, or has failed."""
        return self._paint("31", text)

    def cyan(self, text: str) -> str:
        """What is adopted."""
        return self._paint("36", text)

    def alarm(self, text: str) -> str:
        """What no reader may miss: bold and red."""
        return self._paint("1;31", text)

    def caution(self, text: str) -> str:
        """What interrupts a service: bold and yellow."""
        return self._paint("1;33", text)

    def bold(self, text: str) -> str:
        """Headings."""
        return self._paint("1", text)

    def dim(self, text: str) -> str:
        """Remarks."""
        return self._paint("2", text)

    def symbol(self, symbol: str) -> str:
        """A symbol in its colour."""
        paint = {
            "+": self.green,
            "~": self.yellow,
            "-": self.red,
            "?": self.yellow,
            ADOPT_SYMBOL: self.cyan,
            DEFER_SYMBOL: self.dim,
        }
        parts = symbol.split("/")
        return "/".join(paint[part](part) if part in paint else part for part in parts)


PLAIN = Style()
"""No colours."""
