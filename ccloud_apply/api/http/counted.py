"""Counts the requests of one piece of work, where several share a client.

The count belongs to the context: tasks that the work starts add to it too.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_counted: ContextVar[Counter[str] | None] = ContextVar("counted", default=None)


@contextmanager
def count_requests() -> Iterator[Counter[str]]:
    """The requests that the body sends, retries too, by operation id."""
    counter: Counter[str] = Counter()
    token = _counted.set(counter)
    try:
        yield counter
    finally:
        _counted.reset(token)


def note_request(operation_id: str) -> None:
    """One more is sent."""
    counter = _counted.get()
    if counter is not None:
        counter[operation_id] += 1
