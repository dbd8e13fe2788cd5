"""What a stack file that cannot be loaded may say of the servers of other stacks."""

from itertools import islice
from pathlib import Path

from ccloud_apply.errors import CcloudApplyError
from ccloud_apply.files import read_stack_file
from ccloud_apply.fleet.sources.tree import find_inside
from ccloud_apply.lazy_pattern import lazy_pattern

_MOVES = lazy_pattern(r"(?m)^[ \t]*[\"']?(?:moved|renamed)\b.*(?:\n(?:[ \t#-].*)?)*")
_NAME = lazy_pattern(r"[a-z0-9-]+")
_MOST_NAMES = 1000


def guess_named_stacks(root: Path, path: str) -> frozenset[str]:
    """The names of stacks that a file which cannot be loaded may name under `renamed` and `moved`.

    Rather too many than too few: nobody knows what it takes, and what a stack gives to it must not
    be destroyed meanwhile.
    """
    if find_inside(root, path) is None:
        return frozenset()
    try:
        text = read_stack_file(root / path).decode("utf-8", "replace")
    except CcloudApplyError:
        return frozenset()
    found = (name for part in _MOVES.findall(text) for name in _NAME.findall(part))
    return frozenset(islice(found, _MOST_NAMES)) - {"moved", "renamed", "from", "to"}
