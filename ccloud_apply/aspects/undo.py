"""What an undo brings back of one change: an answer that each field gives, and a plan gathers.

An undo is Git's: a file that says again what it said, or what the plan shows as `before`, and an
apply. What happens to a whole server, whatever its fields are, belongs to `plan/undo.py`.
"""

from collections.abc import Iterable

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.results.plan import Reversibility


@dataclass(frozen=True, slots=True)
class Undo:
    """How much of a change an undo brings back.

    `why` is a clause: what does not come back, or what an undo needs beside the earlier file. It
    names nothing of the account, and is empty where there is nothing to say.
    """

    reversibility: Reversibility
    why: str = ""


REVERSIBLE = Undo(Reversibility.REVERSIBLE)


_ORDER = {reversibility: place for place, reversibility in enumerate(Reversibility)}


def lossy(why: str) -> Undo:
    """The declared state comes back; `why` says what does not, which is no data."""
    return Undo(Reversibility.LOSSY, why)


def irreversible(why: str) -> Undo:
    """Data is gone, or no request undoes the change; `why` says which."""
    return Undo(Reversibility.IRREVERSIBLE, why)


def find_worst(undos: Iterable[Undo]) -> Undo:
    """The one that brings back least, the first of several; REVERSIBLE for none."""
    return max(undos, key=lambda undo: _ORDER[undo.reversibility], default=REVERSIBLE)
