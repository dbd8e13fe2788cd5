"""The tags of ours: whose a server is, and marks. What no user may declare is said here alone."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ccloud_apply.model.limits import MAX_KEY_LENGTH

STACK_PREFIX = "stack:"
SERVER_PREFIX = "server:"
PREVENT_DESTROY = "prevent-destroy"

_RESERVED_PREFIXES = (STACK_PREFIX, SERVER_PREFIX, "untaken:", "retire:", "retire-after:")
_RESERVED = frozenset({PREVENT_DESTROY, "incomplete"})
"""In lower case: the platform keeps the spelling that an account used first."""

STACK_PATTERN = f"[a-z0-9-]{{1,{MAX_KEY_LENGTH}}}"
STACK_RULE = f"1 to {MAX_KEY_LENGTH} of a-z, 0-9 and '-'"
"""What a stack's name is: as a regular expression, and in words."""

KEY_PATTERN = f"[a-z0-9]([a-z0-9-]{{0,{MAX_KEY_LENGTH - 2}}}[a-z0-9])?"
KEY_RULE = f"{STACK_RULE}, with a letter or digit at both ends"
"""What a server's key is."""

_STACK, _KEY = re.compile(STACK_PATTERN), re.compile(KEY_PATTERN)


@dataclass(frozen=True, slots=True)
class Ownership:
    """What a server's tags say: every stack and key that they name, and its protection.

    More than one stack or key is a conflict that somebody made by hand.
    """

    stacks: frozenset[str]
    keys: frozenset[str]
    is_protected: bool


def is_stack_name(text: str) -> bool:
    """True for what can be the name of a stack."""
    return _STACK.fullmatch(text) is not None


def is_key(text: str) -> bool:
    """True for what can be the key of a server."""
    return _KEY.fullmatch(text) is not None


def is_ownership_tag(tag: str) -> bool:
    """True for a tag that this version sets and takes away: it says whose the server is."""
    return tag.startswith((STACK_PREFIX, SERVER_PREFIX)) or tag == PREVENT_DESTROY


def is_reserved_tag(tag: str) -> bool:
    """True for a tag that users may not declare, in whatever spelling."""
    lower = tag.lower()
    return lower.startswith(_RESERVED_PREFIXES) or lower in _RESERVED


def is_foreign_mark(tag: str) -> bool:
    """True for a reserved tag that this version does not set, so that it stays where it is: a later
    version's mark, or another spelling of ours."""
    return is_reserved_tag(tag) and not is_ownership_tag(tag)


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


def build_ownership_tags(stack: str, key: str, *, is_protected: bool) -> tuple[str, ...]:
    """The tags that a managed server carries from its create request on."""
    tags = (f"{STACK_PREFIX}{stack}", f"{SERVER_PREFIX}{key}")
    return (*tags, PREVENT_DESTROY) if is_protected else tags


def stack_tag(stack: str) -> str:
    """The tag that every server of the stack carries."""
    return f"{STACK_PREFIX}{stack}"
