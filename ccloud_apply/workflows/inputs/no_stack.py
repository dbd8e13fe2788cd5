"""Tells files that are no stacks by what they hold: other YAML of a folder, and saved plans."""

from collections.abc import Callable, Sequence
from pathlib import Path

from ccloud_apply.errors import UsageError
from ccloud_apply.files import MAX_STACK_BYTES, is_named
from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.load.text.parse import find_top_keys

OnSkipped = Callable[[Path], None]
"""Told each file of a folder that is left out, because it is no stack."""

_TOP_KEYS = frozenset({"stack", "servers"})
_MENTION = lazy_pattern(rb"""\b(stack|servers)["']?\s*:""")


def ignore(_file: Path) -> None:
    """Tells nobody."""


def is_no_stack(path: Path, text: bytes, paths: Sequence[str]) -> bool:
    """True for a file of one of these folders that has for certain neither `stack` nor `servers`
    at its top.

    One that cannot be parsed counts as a stack as soon as it mentions such a key anywhere.
    """
    if len(text) > MAX_STACK_BYTES or b"\0" in text:
        return False
    keys = find_top_keys(text)
    is_stack = _MENTION.search(text) if keys is None else keys & _TOP_KEYS
    return not is_stack and not is_named(path, paths)


def require_no_plan(path: Path, text: bytes) -> None:
    """Raises UsageError for a saved plan: as a stack file it would have an error in each key."""
    if not text.lstrip().startswith(b"{"):
        return
    import json

    from ccloud_apply.model.documents.saved_plan import KIND

    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return
    if isinstance(document, dict) and document.get("kind") == KIND:
        raise UsageError(
            f"{path} is a saved plan; this command takes stack files",
            hint="`ccloud-apply show` renders it, and `ccloud-apply apply` does it, if it is given"
            " alone and its name ends neither with .yaml nor with .yml",
        )
