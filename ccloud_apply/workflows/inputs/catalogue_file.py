"""Reads what `catalog KIND --format json` has printed to a file, for an editor to complete."""

import json
from pathlib import Path
from typing import Any

from ccloud_apply.errors import UsageError
from ccloud_apply.load.editor.catalogue import KINDS, is_catalogue


def read_catalogue(path: str) -> dict[str, Any]:
    """The document. Raises UsageError for a file that cannot be read or is no such document."""
    try:
        document = json.loads(Path(path).read_bytes())
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError):
        document = None
    if not is_catalogue(document):
        raise UsageError(
            f"{path} is not a catalogue of {', '.join(KINDS[:-1])} or {KINDS[-1]}",
            hint="to write one: ccloud-apply catalog images --format json > images.json",
        )
    found: dict[str, Any] = document
    return found
