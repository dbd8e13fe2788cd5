"""SELECTOR of the command line -> a filter of stacks. Pure.

A word is `NAME` or `ACCOUNT/NAME` (globs), `account:NAME` (a glob), `label=value` (the value is a
glob), `state:STATE`, `is:stale` or `is:paused`. Words of one kind are alternatives, but for labels;
words of different kinds must all hold.
"""

from collections.abc import Iterable

from ccloud_apply.errors import UsageError
from ccloud_apply.fleet.model.listing import StackFilter
from ccloud_apply.fleet.model.status import STATES, State

_FLAGS = ("stale", "paused")
_KINDS = "NAME, ACCOUNT/NAME, account:NAME, LABEL=VALUE, state:STATE, is:stale or is:paused"


def read_selector(words: Iterable[str]) -> StackFilter:
    """The stacks that the words mean; all of them without a word. Raises UsageError."""
    names: list[str] = []
    accounts: list[str] = []
    states: set[State] = set()
    labels: dict[str, str] = {}
    flags: set[str] = set()
    for word in words:
        _require_visible(word)
        kind, colon, rest = word.partition(":")
        label, equals, value = word.partition("=")
        if equals and ":" not in label:
            _add_label(labels, word, label, value)
        elif not colon:
            names.append(word)
        elif kind == "account" and rest:
            accounts.append(rest)
        elif kind == "state":
            states.add(_read_state(rest))
        elif kind == "is" and rest in _FLAGS:
            flags.add(rest)
        else:
            raise _unknown(word)
    return StackFilter(
        names=tuple(names),
        accounts=tuple(accounts),
        states=frozenset(states),
        labels=labels,
        is_stale="stale" in flags or None,
        is_paused="paused" in flags or None,
    )


def _add_label(labels: dict[str, str], word: str, label: str, value: str) -> None:
    if not label:
        raise _unknown(word)
    if labels.setdefault(label, value) != value:
        raise UsageError(
            f"the label {label} cannot be {labels[label]} and {value} at once",
            hint=f"write one of them; a glob such as {label}=* takes both",
        )


def _read_state(text: str) -> State:
    for state in STATES:
        if text == state:
            return state
    raise UsageError(f"{text or 'nothing'} is not a state", hint=f"write {' or '.join(STATES)}")


def _require_visible(word: str) -> None:
    if not word or not word.isprintable():
        raise UsageError("a selector must be visible text", hint=f"write {_KINDS}")


def _unknown(word: str) -> UsageError:
    return UsageError(f"{word} does not select stacks", hint=f"write {_KINDS}")
