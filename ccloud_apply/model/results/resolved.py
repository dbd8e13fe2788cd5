"""A stack after variables, defaults and expansion, with the place that each value came from."""

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.source import SourceRange


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What an expression in a value stood for: `expression` such as `${var.size}`.

    The value came from a file, at `source`, or from what `name` says: `--var`, `CCLOUD_VAR_size`.
    """

    expression: str
    name: str = ""
    source: SourceRange | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedValue:
    """One value: a mapping or a list of such, or a scalar.

    `source` is where it is written, `origins` what the expressions there stood for. `text` is what
    a server gets from a text template, in which each secret stands by its name.
    """

    value: Any
    source: SourceRange | None = None
    origins: tuple[Origin, ...] = ()
    text: str | None = None

    def to_plain(self) -> Any:
        """The value alone."""
        if isinstance(self.value, Mapping):
            return {name: part.to_plain() for name, part in self.value.items()}
        if isinstance(self.value, tuple):
            return [part.to_plain() for part in self.value]
        return self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedStack:
    """One stack. `root` is a file that says the same without variables, defaults and templates."""

    name: str
    path: str
    root: ResolvedValue
    env: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedStacks:
    """The stacks of one run."""

    stacks: tuple[ResolvedStack, ...] = field(default=())
