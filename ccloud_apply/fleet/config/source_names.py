"""What a source of a fleet is called that has no name of its own. Pure."""

import re
from collections.abc import Mapping
from typing import Any


def name_source(entry: Mapping[str, Any]) -> str:
    """The name of an entry of `sources`: its own, else the end of its address, and its env."""
    own = entry.get("name")
    if isinstance(own, str) and own:
        return own
    parts = re.split(r"[/:\\]", str(entry.get("git") or entry.get("folder") or "").rstrip("/"))
    last = parts[-1].removesuffix(".git") if parts[-1] not in (".", "..") else ""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", last).strip("-._") or "stacks"
    env = re.sub(r"[^A-Za-z0-9._-]+", "-", str(entry.get("env") or "")).strip("-._")
    return f"{name}-{env}"[:63] if env else name[:63]
