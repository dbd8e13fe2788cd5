"""Files of ours that a run writes anew: nothing else may stand in their place.

How a file is written belongs to files.py.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ccloud_apply.errors import UsageError


def require_own_file(path: str, what: str, is_ours: Callable[[Mapping[str, Any]], bool]) -> None:
    """Raises UsageError for a file with anything else in it, such as a stack: it would be lost.

    One that is not there yet, an empty one and a pipe are fine.
    """
    file = Path(path)
    if not file.is_file() or not file.stat().st_size:
        return
    try:
        document = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or not is_ours(document):
        raise UsageError(
            f"{path} exists and is no {what}: it would be overwritten", hint="name another file"
        )
