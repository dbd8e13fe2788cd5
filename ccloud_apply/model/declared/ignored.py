"""Changes that a stack file tells to leave alone: a whole field, or a part of one.

What a part is belongs to the field's aspect; what follows from one that has ended, to
`plan/matching/ignored.py`.
"""

import dataclasses
from datetime import date

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.source import SourceRange


@dataclass(frozen=True, slots=True, kw_only=True)
class IgnoredChange:
    """One entry of `lifecycle.ignore_changes`.

    `part` is empty for the whole field; else a name (`addons.backup`), a position from 1
    (`disks.2`) or a glob (`tags.backup:*`). `until` is the last day that counts, in UTC; None means
    for ever.
    """

    field: str
    part: str = ""
    until: date | None = None
    reason: str = ""
    source: SourceRange | None = dataclasses.field(default=None, compare=False)

    @property
    def name(self) -> str:
        """As the file spells it: `addons.backup`."""
        return f"{self.field}.{self.part}" if self.part else self.field

    def counts_on(self, day: date) -> bool:
        """True if the change is ignored on that day (UTC)."""
        return self.until is None or day <= self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class IgnoredField:
    """An ignored change of one server that says until when, or why: what a plan and drift tell."""

    key: str
    field: str
    until: date | None = None
    reason: str = ""


def ignoring(*names: str) -> tuple[IgnoredChange, ...]:
    """The entries for these names (`notes`, `disks.2`), without an end."""
    split = (name.partition(".") for name in names)
    return tuple(IgnoredChange(field=name, part=part) for name, _, part in split)
