"""When to look at the tasks next, by how long those took that have ended. Arithmetic alone.

A look costs a request, and one that comes late keeps whatever waits: the pause is a small share of
what a task takes. All times are seconds.
"""

from collections.abc import Iterable
from dataclasses import field

from ccloud_apply.lazy_dataclass import dataclass

_SHARE_OF_AGE = 0.08
"""The pause as a share of a task's age, while nothing tells how long such a task takes."""

_SHARE_OF_LENGTH = 0.08
"""The same as a share of what such tasks have taken: half of it is how late an end shows."""

_SHARE_OF_ENDS = 0.16
"""The same as a share of the time in which such tasks end, where they take about equally long."""

_REQUESTS = 3
"""So many requests, each as long as a look, come between one task's end and the next one's start:
the pause is shorter by them, which counts where tasks are short. By half at most: an API that has
become slow is not asked the more for it."""

_NOTHING_BEFORE = 0.8
"""No end is looked for before this share of the shortest length that was seen."""

_QUICKER = 5
"""Where it is known that tasks are short, the shortest pause may be so many times shorter."""


@dataclass(slots=True)
class _Lengths:
    """What the ended tasks of one kind have taken."""

    count: int = 0
    total_s: float = 0.0
    shortest_s: float = float("inf")
    longest_s: float = 0.0

    def add(self, seconds: float) -> None:
        self.count += 1
        self.total_s += seconds
        self.shortest_s = min(self.shortest_s, seconds)
        self.longest_s = max(self.longest_s, seconds)

    @property
    def mean_s(self) -> float:
        return self.total_s / self.count

    @property
    def first_end_s(self) -> float:
        """The age before which no end is looked for."""
        return _NOTHING_BEFORE * self.shortest_s

    @property
    def pause_s(self) -> float:
        """The pause from then on: shorter where ends are only to be expected for a short time."""
        time_of_ends_s = self.longest_s - self.first_end_s
        return min(_SHARE_OF_LENGTH * self.mean_s, _SHARE_OF_ENDS * time_of_ends_s)


@dataclass(slots=True, kw_only=True)
class Pauses:
    """The pause before the next look, between `poll_min_s` and `poll_max_s`; as short as a fifth of
    `poll_min_s` once a length is known.

    A kind is the operation that started a task. None stands for a task whose start is not known.
    """

    poll_min_s: float
    poll_max_s: float
    _lengths: dict[str, _Lengths] = field(default_factory=dict)
    _look_s: float = 0.0

    def note_look(self, seconds: float) -> None:
        """Learn from how long a look has taken; the newest ones count most."""
        self._look_s = 0.8 * self._look_s + 0.2 * seconds

    def note_end(self, kind: str | None, age_s: float) -> None:
        """Learn from a task that has ended at this age."""
        if kind is not None:
            self._lengths.setdefault(kind, _Lengths()).add(age_s)

    def find_pause(self, waiting: Iterable[tuple[str | None, float]]) -> float:
        """The shortest pause that one of these tasks asks for, each by its kind and age."""
        return min(
            (self._pause_for(kind, age_s) for kind, age_s in waiting), default=self.poll_max_s
        )

    def _pause_for(self, kind: str | None, age_s: float) -> float:
        lengths = None if kind is None else self._lengths.get(kind)
        if lengths is None:
            return self._bound(_SHARE_OF_AGE * age_s, self.poll_min_s)
        pause_s = max(lengths.pause_s - _REQUESTS * self._look_s, lengths.pause_s / 2)
        pause_s = max(pause_s, lengths.first_end_s - age_s)
        return self._bound(pause_s, self.poll_min_s / _QUICKER)

    def _bound(self, pause_s: float, least_s: float) -> float:
        return min(max(pause_s, least_s), self.poll_max_s)
