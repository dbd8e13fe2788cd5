"""The journal's records: one JSON object a line, each with a checksum, and the entries they make.

Pure: bytes to entries and back. Files belong to `file.py`, when what is written to
`journal.py`.
"""

import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, replace
from typing import Any, get_args

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.model.journal import BASELINE_KEY, Entry, EntryOutcome, Intent, encode_intent
from ccloud_apply.model.text import count_of

VERSION = 1
"""Of the format. A journal of a later one is refused."""

_LINE = lazy_pattern(rb'(\{[^\n]*),"check":"([0-9a-f]{8})"\}')
_MARK_KEY = "newest_create"
"""Older than its name in the code. It stays, so that this version and earlier ones read each
other's journals."""
_LEARNT_KEY = "learnt"

_OPTIONAL = frozenset({"hostname", "closed_by", "closes", "override_window"})
_OUTCOMES: tuple[str, ...] = get_args(EntryOutcome)


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """What is wrong with a journal. `is_newer`: nothing, but another version wrote it."""

    line: int
    what: str
    is_newer: bool = False

    def __str__(self) -> str:
        if self.is_newer:
            return self.what
        safe = self.line - 1
        records = count_of(safe, "record before it is", "records before it are")
        return f"line {self.line} is damaged, {self.what}; the {records} safe"


@dataclass(slots=True, kw_only=True)
class Contents:
    """What a journal says, up to the damage if there is any.

    `count` and `length` are those of the whole records: how many, and in how many bytes. `is_torn`:
    more follows that has no end, as a crash in the middle of a write leaves it. `high_water_mark`
    is the newest create task that was accounted for when the run began; 0 where it was not read.
    `learnt` is what this run and earlier ones have found out about the platform, by name.
    """

    stack: str = ""
    account: str = ""
    high_water_mark: int = 0
    learnt: dict[str, Any] = field(default_factory=dict)
    entries: dict[int, Entry] = field(default_factory=dict)
    count: int = 0
    length: int = 0
    is_torn: bool = False
    damage: Damage | None = None


def encode_record(record: Mapping[str, Any]) -> bytes:
    """The record as a line of ASCII with its checksum. Raises ValueError or TypeError for no JSON.

    The checksum is a CRC-32 of all that stands before it: no single damaged byte escapes it.
    """
    body = json.dumps(record, allow_nan=False, separators=(",", ":"))
    check = zlib.crc32(body.encode("ascii"))
    return f'{body[:-1]},"check":"{check:08x}"}}\n'.encode("ascii")


def read_contents(data: bytes) -> Contents:
    """Everything up to the first damage. Raises nothing, whatever the bytes are."""
    contents = Contents()
    *lines, rest = data.split(b"\n")
    for line in lines:
        try:
            add_record(contents, _decode_line(line))
        except _NewerError as newer:
            contents.damage = Damage(line=contents.count + 1, what=str(newer), is_newer=True)
            return contents
        except ValueError as error:
            contents.damage = Damage(line=contents.count + 1, what=str(error))
            return contents
        contents.length += len(line) + 1
    contents.is_torn = bool(rest)
    return contents


def add_record(contents: Contents, record: Mapping[str, Any]) -> None:
    """Add what one more record says. Raises ValueError for one that does not fit the others."""
    number = _take(record, "n", int)
    if number != contents.count + 1:
        raise ValueError(f"it has the number {number}")
    kind = _take(record, "type", str)
    if (kind == "run") is not (contents.count == 0):
        raise ValueError("it is in the wrong place")
    if kind not in _READERS:
        raise ValueError("its type is not known")
    _READERS[kind](contents, record)
    contents.count += 1


def run_record(
    *,
    run: str,
    stack: str,
    account: str,
    high_water_mark: int = 0,
    learnt: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The first record of a file: whose journal it is, and what earlier runs have learnt."""
    record: dict[str, Any] = {"type": "run", "version": VERSION, "run": run, "stack": stack}
    record |= {"account": account, _MARK_KEY: high_water_mark}
    return {**record, _LEARNT_KEY: dict(learnt)} if learnt else record


def intent_record(number: int, run: str, intent: Intent) -> dict[str, Any]:
    """Something is about to be sent."""
    return {"type": "intent", "entry": number, "run": run, "intent": encode_intent(intent)}


def accepted_record(number: int, task_id: int) -> dict[str, Any]:
    """It was answered, and this task is doing it."""
    return {"type": "accepted", "entry": number, "task_id": task_id}


def ended_record(
    number: int, outcome: EntryOutcome, hostname: str | None, error: str | None
) -> dict[str, Any]:
    """How it ended."""
    record = {"type": "ended", "entry": number, "outcome": outcome}
    return {**record, "hostname": hostname, "error": error}


def learnt_record(number: int, learnt: Mapping[str, Any]) -> dict[str, Any]:
    """What an entry that is still open has told of the platform; None forgets a name.

    An earlier version reads it as an end that is not known, which is replaced by the next one.
    """
    return {**ended_record(number, "unknown", None, None), _LEARNT_KEY: dict(learnt)}


def closed_record(number: int) -> dict[str, Any]:
    """Nothing has to follow it any more."""
    return {"type": "closed", "entry": number}


def entry_records(entry: Entry) -> Iterator[dict[str, Any]]:
    """The records that make this entry again."""
    yield {**intent_record(entry.number, entry.run, entry.intent), "time": entry.time}
    if entry.task_id is not None:
        yield accepted_record(entry.number, entry.task_id)
    if entry.outcome is not None:
        yield ended_record(entry.number, entry.outcome, entry.hostname, entry.error)
    if entry.is_closed:
        yield closed_record(entry.number)


class _NewerError(ValueError):
    """Another version's format."""


def _decode_line(line: bytes) -> dict[str, Any]:
    found = _LINE.fullmatch(line)
    if found is None or zlib.crc32(found[1] + b"}") != int(found[2], 16):
        raise ValueError("its checksum is wrong")
    try:
        record = json.loads(found[1] + b"}")
    except (ValueError, RecursionError):
        raise ValueError("it cannot be read") from None
    if not isinstance(record, dict):  # not possible between braces, but nothing here is believed
        raise ValueError("it is not a record")
    return record


def _read_run(contents: Contents, record: Mapping[str, Any]) -> None:
    version = _take(record, "version", int)
    if version > VERSION:
        raise _NewerError(f"a newer ccloud-apply wrote it (its version of the format is {version})")
    contents.stack = _take(record, "stack", str)
    contents.account = _take(record, "account", str)
    if _MARK_KEY in record:  # not in what an earlier version wrote
        contents.high_water_mark = _take(record, _MARK_KEY, int)
    _read_learnt(contents, record)


def _read_intent(contents: Contents, record: Mapping[str, Any]) -> None:
    number = _take(record, "entry", int)
    if number <= next(reversed(contents.entries), 0):
        raise ValueError(f"its entry {number} was there before")
    intent = _read_intent_fields(_take(record, "intent", dict))
    contents.entries[number] = Entry(
        number=number,
        run=_take(record, "run", str),
        time=_take(record, "time", str),
        intent=intent,
        hostname=intent.hostname,
    )


def _read_intent_fields(fields: Mapping[str, Any]) -> Intent:
    known: dict[str, Any] = {}
    for name in Intent.__dataclass_fields__:
        if name == "baseline":
            known[name] = _take(fields, BASELINE_KEY, dict)
        elif name not in _OPTIONAL or fields.get(name) is not None:
            known[name] = _take(fields, name, str)
    return Intent(**{"hostname": None, **known})


def _read_accepted(contents: Contents, record: Mapping[str, Any]) -> None:
    _change(contents, record, task_id=_take(record, "task_id", int))


def _read_ended(contents: Contents, record: Mapping[str, Any]) -> None:
    outcome = _take(record, "outcome", str)
    if outcome not in _OUTCOMES:
        raise ValueError("its outcome is not known")
    changed: dict[str, Any] = {"outcome": outcome, "error": None}
    for name in ("hostname", "error"):
        if record.get(name) is not None:
            changed[name] = _take(record, name, str)
    _change(contents, record, **changed)
    _read_learnt(contents, record)


def _read_learnt(contents: Contents, record: Mapping[str, Any]) -> None:
    if _LEARNT_KEY not in record:
        return
    for name, value in _take(record, _LEARNT_KEY, dict).items():
        if value is None:
            contents.learnt.pop(name, None)
        else:
            contents.learnt[name] = value


def _read_closed(contents: Contents, record: Mapping[str, Any]) -> None:
    _change(contents, record, is_closed=True)


_READERS: Mapping[str, Callable[[Contents, Mapping[str, Any]], None]] = {
    "run": _read_run,
    "intent": _read_intent,
    "accepted": _read_accepted,
    "ended": _read_ended,
    "closed": _read_closed,
}


def _change(contents: Contents, record: Mapping[str, Any], **changed: Any) -> None:
    number = _take(record, "entry", int)
    if number not in contents.entries:
        raise ValueError(f"it belongs to entry {number}, which does not exist")
    contents.entries[number] = replace(contents.entries[number], **changed)


def _take(record: Mapping[str, Any], name: str, kind: type) -> Any:
    value = record.get(name)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError(f"its {name} is missing or wrong")
    return value
