"""The tags of ours: whose a server is, and marks. What no user may declare is said here alone.

A mark says what a later run has to know of a server and cannot read from it: `incomplete`, its
build failed; `incomplete:accepted`, somebody took it as it is; `untaken:FIELD-DIGEST`, the field
did not become what the file says, so it is not tried again.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.model.limits import MAX_KEY_LENGTH
from ccloud_apply.model.text import join_names

STACK_PREFIX = "stack:"
SERVER_PREFIX = "server:"
PREVENT_DESTROY = "prevent-destroy"
INCOMPLETE = "incomplete"
ACCEPTED = "incomplete:accepted"
UNTAKEN_PREFIX = "untaken:"
RETIRE_PREFIX = "retire:"
RETIRE_AFTER_PREFIX = "retire-after:"

_RESERVED_PREFIXES = (
    STACK_PREFIX,
    SERVER_PREFIX,
    f"{INCOMPLETE}:",
    UNTAKEN_PREFIX,
    RETIRE_PREFIX,
    RETIRE_AFTER_PREFIX,
)
_RESERVED = frozenset({PREVENT_DESTROY, INCOMPLETE})
"""In lower case: the platform keeps the spelling that an account used first."""

_MARK_BEGINNINGS = (INCOMPLETE, UNTAKEN_PREFIX)
_DAY = lazy_pattern(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_RETIRE_AFTER = lazy_pattern(r"retire-after:([1-9][0-9]{0,3})d")
_UNTAKEN = lazy_pattern(r"untaken:([a-z_]+)-([0-9a-f]{8})")

STACK_PATTERN = f"[a-z0-9-]{{1,{MAX_KEY_LENGTH}}}"
STACK_RULE = f"1 to {MAX_KEY_LENGTH} of a-z, 0-9 and '-'"
"""What a stack's name is: as a regular expression, and in words."""

KEY_PATTERN = f"[a-z0-9]([a-z0-9-]{{0,{MAX_KEY_LENGTH - 2}}}[a-z0-9])?"
KEY_RULE = f"{STACK_RULE}, with a letter or digit at both ends"
"""What a server's key is."""

_BETWEEN_WORDS = lazy_pattern(r"[^\w:-]+")
"""What no tag has: a tag is one word of letters, digits, colon, hyphen and underscore."""

_STACK, _KEY = lazy_pattern(STACK_PATTERN), lazy_pattern(KEY_PATTERN)


@dataclass(frozen=True, slots=True)
class Ownership:
    """What a server's tags say: every stack and key that they name, and its protection.

    More than one stack or key is a conflict that somebody made by hand.
    """

    stacks: frozenset[str]
    keys: frozenset[str]
    is_protected: bool


MOVE_PATTERN = f"({STACK_PATTERN}/)?{KEY_PATTERN}"
"""One end of an entry of `moved`: a key, or STACK/KEY for a server of another stack."""


def split_name(name: str) -> tuple[str, str]:
    """The stack and the key of `STACK/KEY`; of a key alone the stack is empty."""
    stack, _, key = name.rpartition("/")
    return stack, key


def is_stack_name(text: str) -> bool:
    """True for what can be the name of a stack."""
    return _STACK.fullmatch(text) is not None


def is_key(text: str) -> bool:
    """True for what can be the key of a server."""
    return _KEY.fullmatch(text) is not None


def is_ownership_tag(tag: str) -> bool:
    """True for a tag that says whose the server is; this version sets it and takes it away."""
    return tag.startswith((STACK_PREFIX, SERVER_PREFIX)) or tag == PREVENT_DESTROY


def find_protection(tags: Iterable[str]) -> str | None:
    """The tag that protects a server from being destroyed, in whatever spelling: the platform keeps
    the one that an account used first, and who sets it by hand means the same."""
    return next((tag for tag in sorted(tags) if tag.lower() == PREVENT_DESTROY), None)


def is_reserved_tag(tag: str) -> bool:
    """True for a tag that users may not declare, in whatever spelling."""
    lower = tag.lower()
    return lower.startswith(_RESERVED_PREFIXES) or lower in _RESERVED


def has_reserved_word(text: str) -> bool:
    """True for a tag that users may not declare, and for a text that comes to one: where several
    tags come as one text each counts, and the platform drops spaces and what is as invisible."""
    return any(map(is_reserved_tag, _BETWEEN_WORDS.split(text)))


def is_mark(tag: str) -> bool:
    """True for a mark that this version sets and takes away, in whatever spelling."""
    lower = tag.lower()
    if not lower.startswith(_MARK_BEGINNINGS):  # nearly every tag
        return False
    return lower in (INCOMPLETE, ACCEPTED) or _UNTAKEN.fullmatch(lower) is not None


def is_foreign_mark(tag: str) -> bool:
    """True for a reserved tag that this version does not set, so that it stays where it is: a later
    version's mark, or another spelling of what says whose the server is."""
    is_ours = is_ownership_tag(tag) or is_mark(tag) or is_retire_tag(tag)
    return is_reserved_tag(tag) and not is_ours


def is_retire_mark(tag: str) -> bool:
    """True for a mark of a retired server, in whatever spelling, also if its day cannot be read."""
    return tag.lower().startswith(RETIRE_PREFIX)


def is_retire_tag(tag: str) -> bool:
    """True for a mark of a retired server, and for what says how long it is to wait."""
    lower = tag.lower()
    return lower.startswith(RETIRE_PREFIX) or _RETIRE_AFTER.fullmatch(lower) is not None


@dataclass(frozen=True, slots=True)
class Untaken:
    """A mark for a field that did not become what the file said. `digest` is that of the declared
    value, `tag` the mark as the server carries it."""

    field: str
    digest: str
    tag: str


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks that a server carries."""

    is_incomplete: bool = False
    is_accepted: bool = False
    untaken: tuple[Untaken, ...] = ()


_NO_MARKS = Marks()


def read_marks(tags: Iterable[str]) -> Marks:
    """The marks among these tags. A server that is marked again is no longer accepted."""
    lower = {tag.lower(): tag for tag in tags if is_mark(tag)}
    if not lower:
        return _NO_MARKS
    found = ((_UNTAKEN.fullmatch(low), tag) for low, tag in sorted(lower.items()))
    is_incomplete = INCOMPLETE in lower
    return Marks(
        is_incomplete=is_incomplete,
        is_accepted=ACCEPTED in lower and not is_incomplete,
        untaken=tuple(Untaken(m[1], m[2], tag) for m, tag in found if m is not None),
    )


def digest_value(value: Any) -> str:
    """8 hexadecimal digits for a declared value of plain JSON; never for a secret."""
    import json  # hardly any server has a mark
    from hashlib import sha256

    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode("ascii")).hexdigest()[:8]


def untaken_tag(field: str, value: Any) -> str:
    """The mark of a field that did not become this value, which is plain JSON and no secret."""
    return f"{UNTAKEN_PREFIX}{field}-{digest_value(value)}"


def read_retirement(tags: Iterable[str]) -> date | None:
    """The day of the mark `retire:YYYY-MM-DD`; None without one, where one tells no day, and where
    two tell other days."""
    days = {_read_day(tag[len(RETIRE_PREFIX) :]) for tag in tags if is_retire_mark(tag)}
    return days.pop() if len(days) == 1 else None


def _read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def is_retired(tags: Iterable[str]) -> bool:
    """True for a server with the mark `retire:...`, whether or not its day can be read."""
    return any(map(is_retire_mark, tags))


def retire_tag(day: date) -> str:
    """The mark of a retired server: the day (UTC) from whose beginning on it may be destroyed."""
    return f"{RETIRE_PREFIX}{day.isoformat()}"


def retire_after_tag(days: int) -> str:
    """The tag that keeps `lifecycle.retire` once the entry is gone from the file."""
    return f"{RETIRE_AFTER_PREFIX}{days}d"


def read_retire_after(tags: Iterable[str]) -> int | None:
    """The days of the tag `retire-after:Nd`, the longest of several; None without one."""
    found = (_RETIRE_AFTER.fullmatch(tag.lower()) for tag in tags)
    return max((int(match[1]) for match in found if match is not None), default=None)


def find_unread_waits(tags: Iterable[str]) -> tuple[str, ...]:
    """The tags that begin with `retire-after:`, in whatever spelling, and tell no days."""
    waits = (tag for tag in tags if tag.lower().startswith(RETIRE_AFTER_PREFIX))
    return tuple(sorted(tag for tag in waits if read_retire_after((tag,)) is None))


def take_accepted(tags: Iterable[str]) -> frozenset[str]:
    """The tags of a server whose build failed, once somebody takes it as it is."""
    return frozenset({*(tag for tag in tags if tag.lower() != INCOMPLETE), ACCEPTED})


def read_ownership(tags: Iterable[str]) -> Ownership:
    """What these tags say about the server that carries them."""
    tags = tuple(tags)
    return Ownership(
        stacks=frozenset(t.removeprefix(STACK_PREFIX) for t in tags if t.startswith(STACK_PREFIX)),
        keys=frozenset(t.removeprefix(SERVER_PREFIX) for t in tags if t.startswith(SERVER_PREFIX)),
        is_protected=PREVENT_DESTROY in tags,
    )


def describe_owner(owner: Ownership) -> str:
    """Whose a server is, in words: `stack shop as web`, `no stack`."""
    if not owner.stacks:
        return "no stack"
    keys = ", ".join(sorted(owner.keys)) or "no key"
    return f"stack {', '.join(sorted(owner.stacks))} as {keys}"


def describe_claim(tags: Iterable[str]) -> str | None:
    """Why a server is not to be changed by hand, in words that follow its name; None if no tag
    speaks against it: `belongs to stack shop as web`, `carries Stack:shop, which only ...`."""
    tags = tuple(tags)
    owner = read_ownership(tags)
    if owner.stacks:
        return f"belongs to {describe_owner(owner)}"
    reserved = sorted(filter(has_reserved_word, tags))
    return f"carries {join_names(reserved)}, which only ccloud-apply sets" if reserved else None


def build_ownership_tags(
    stack: str, key: str, *, is_protected: bool, retire: int | None = None
) -> tuple[str, ...]:
    """The tags that a managed server carries from its create request on; `retire` is how many days
    it waits before it is destroyed."""
    tags = (f"{STACK_PREFIX}{stack}", f"{SERVER_PREFIX}{key}")
    protection = (PREVENT_DESTROY,) if is_protected else ()
    return (*tags, *protection, *(() if retire is None else (retire_after_tag(retire),)))


def stack_tag(stack: str) -> str:
    """The tag that every server of the stack carries."""
    return f"{STACK_PREFIX}{stack}"


def key_tag(key: str) -> str:
    """The tag that the server of this key carries, in whatever stack."""
    return f"{SERVER_PREFIX}{key}"
