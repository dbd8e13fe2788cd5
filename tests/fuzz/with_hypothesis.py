"""Fuzzing with hypothesis alone: edits of the seeds, and the smallest input that breaks a law."""

import time
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.fuzz.edits import Edit, apply_edits
from tests.fuzz.target import Target
from tests.fuzz.trial import Outcome, explain, keep, try_input

_BATCH = 100
_PARTS = st.integers(0, 999)
EDITS = st.lists(
    st.builds(Edit, kind=_PARTS, at=_PARTS, span=_PARTS, choice=_PARTS), min_size=1, max_size=6
)


def inputs(target: Target) -> st.SearchStrategy[bytes]:
    """Seeds and what once broke the law, with edits."""
    known = st.sampled_from((*target.kept(), *target.seeds))
    return st.builds(lambda data, edits: apply_edits(data, edits, target.words), known, EDITS)


def fuzz(target: Target, seconds: float, start: int, crashes: Path) -> Outcome:
    """Try a batch of inputs, and others for these seconds. The same `start` tries the same."""
    until = time.monotonic() + seconds
    tried, last = 0, b""

    def check(data: bytes) -> None:
        nonlocal tried, last
        tried, last = tried + 1, data
        try_input(target, data)

    number = start
    while number == start or time.monotonic() < until:
        batch = seed(number)(
            settings(
                max_examples=_BATCH,
                database=None,
                deadline=None,
                print_blob=False,
                phases=(Phase.generate, Phase.shrink),
                suppress_health_check=list(HealthCheck),
            )(given(inputs(target))(check))
        )
        try:
            batch()
        except Exception as error:  # whatever a reader raises is what is looked for
            path = keep(crashes, target, last)
            return Outcome(target=target.name, tried=tried, failure=explain(error), kept_in=path)
        number += 1
    return Outcome(target=target.name, tried=tried)
