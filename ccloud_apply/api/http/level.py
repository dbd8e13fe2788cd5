"""How many requests may be under way at a time: answers in, level out.

Pure: no clock, no waiting; the same answers give the same level. Who waits for it: `admission.py`.
"""

START = 16
"""The level before anything was answered."""

QUICK_S = 0.02
"""Seconds below which one answer is as good as another: what is slower than nothing is no queue."""

GROW_UP_TO = 1.5
"""The level grows while answers take at most so many times the best of their operation."""

SHRINK_FROM = 2.5
"""The level is halved once they take more than so many times the best, smoothed."""

_UNCHANGED = 0.75
"""Halving has not helped if answers take at least this share of what they took before."""


class Level:
    """Finds the number of requests at which answers do not slow down yet, from 1 to `cap`.

    It starts at `START`. A *round* is as many answers as the level allows at a time, and at least
    `START`. After a round in which all of it was used, it grows by half, and by 1 once it had to
    shrink. It is halved by an answer that says that the platform is busy, and by rounds that are
    slow. What was sent before the last halving says nothing about the level since. If rounds are as
    slow at half the level, it is doubled again, and they count as usual: answers that differ much
    among themselves are no queue.

    An answer is compared with the best of its own operation, so that a slow operation does not
    count against a quick one.
    """

    def __init__(self, cap: int) -> None:
        """Raises ValueError for a cap below 1."""
        if cap < 1:
            raise ValueError("the cap must be at least 1")
        self.cap = cap
        self.value = min(START, cap)
        self.halvings = 0
        """How often it was halved; noted when a request leaves, given back with its answer."""
        self._best: dict[str, float] = {}
        self._usual = 1.0  # how slow rounds are for which the level is not why
        self._slowness = 1.0
        self._ratio_before = 0.0  # at twice the level; 0 where that was not slow
        self._is_first = True
        self._begin_round()

    def add_answer(self, operation: str, seconds: float, *, halvings: int, is_full: bool) -> None:
        """An answer has come, so many seconds after its request left.

        `halvings` is what it was when the request left. `is_full`: as many requests as the level
        allows were under way when the answer came.
        """
        if halvings != self.halvings:
            return
        best = self._best.get(operation)
        if best is None or seconds < best:
            self._best[operation] = best = seconds
        ratio = max(seconds, QUICK_S) / max(best, QUICK_S)
        answers = max(START, self.value)
        self._ratios += min(ratio, answers)  # a single one halves nothing
        self._answers += 1
        self._full += is_full
        if self._answers >= answers:
            self._end_round()

    def add_overload(self, *, halvings: int) -> None:
        """A request was refused because the platform is busy, failed there, or got no answer."""
        if halvings == self.halvings:
            self._halve()

    def _end_round(self) -> None:
        ratio, was_full = self._ratios / self._answers, 2 * self._full > self._answers
        self._begin_round()
        if not was_full:
            return  # the level was not what answers had to wait for
        self._usual = max(1.0, min(self._usual, ratio))
        ratio /= self._usual
        self._slowness = (self._slowness + ratio) / 2
        is_first, self._is_first = self._is_first, False
        if self._slowness > SHRINK_FROM and not is_first:  # the line was still forming then
            self._react_to(ratio)
        elif ratio <= GROW_UP_TO:
            self._ratio_before = 0.0
            step = 1 if self.halvings else max(1, self.value // 2)
            self.value = min(self.cap, self.value + step)

    def _react_to(self, ratio: float) -> None:
        if not self._ratio_before or ratio < self._ratio_before * _UNCHANGED:
            self._halve()
            self._ratio_before = ratio
            return
        # As slow at half the level: the level is not why.
        self.value = min(self.cap, 2 * self.value)
        self._usual *= ratio
        self._slowness, self._ratio_before = 1.0, 0.0

    def _halve(self) -> None:
        if self.value > 1:
            self.value //= 2
            self.halvings += 1
        self._slowness, self._ratio_before = 1.0, 0.0
        self._begin_round()

    def _begin_round(self) -> None:
        self._answers = self._full = 0
        self._ratios = 0.0
