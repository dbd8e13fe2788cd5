"""The text of a stack's own file, for people to read. It is read from the source's folder, or from
the checkout of its commit if this machine has one; nothing is fetched for it."""

from pathlib import Path

from ccloud_apply.fleet.model.config import FleetConfig
from ccloud_apply.fleet.sources.checkout import checkout_folder
from ccloud_apply.fleet.sources.tree import find_inside
from ccloud_apply.model.results.fleet import FleetStack

MAX_BYTES = 256 * 1024
"""So much of a long file is read."""


def read_declared_text(config: FleetConfig, work_dir: str | Path, stack: FleetStack) -> str | None:
    """What the file says at the stack's commit; None where it cannot be read here."""
    source = next((one for one in config.sources if one.name == stack.source), None)
    if source is None:
        return None
    if source.folder is not None:
        root = Path(source.folder)
    elif stack.commit is not None:
        root = checkout_folder(source, stack.commit, work_dir)
    else:
        return None
    name = find_inside(root, stack.path)
    if name is None:
        return None
    try:
        with (root / name).open("rb") as file:
            return file.read(MAX_BYTES).decode("utf-8", "replace")
    except OSError:
        return None
