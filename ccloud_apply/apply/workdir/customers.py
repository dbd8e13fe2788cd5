"""Which customer an access belongs to, as an earlier run was told: asked once for each work dir.

It is a note to save a request. Whoever uses it compares it with what the account says later, and
nothing is lost with it. It holds no secret.
"""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from ccloud_apply.apply.workdir.paths import ACCOUNT_DIGITS
from ccloud_apply.apply.workdir.private_file import make_private_folder, replace_private

CUSTOMERS = "customer"


def read_customer(folder: Path, access: str) -> str | None:
    """The customer of the access with this id; None where it is not noted, or not readably."""
    try:
        note: Any = json.loads(_path(folder, access).read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(note, dict) or note.get("access") != access:
        return None
    customer = note.get("customer_id")
    return customer if isinstance(customer, str) and customer else None


def write_customer(folder: Path, access: str, customer_id: str) -> None:
    """Note it. Without a place to write it is asked for again: no reason to fail."""
    path = _path(folder, access)
    with suppress(OSError):
        make_private_folder(path.parent)
        replace_private(path, json.dumps({"access": access, "customer_id": customer_id}).encode())


def forget_customer(folder: Path, access: str) -> None:
    """Take the note away, if there is one."""
    with suppress(OSError):
        _path(folder, access).unlink(missing_ok=True)


def _path(folder: Path, access: str) -> Path:
    return folder / CUSTOMERS / f"{access[:ACCOUNT_DIGITS]}.json"
