"""Stack files for the tests of the command line, and what is run on them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

WEB = """\
stack: web
variables: {size: 2}
defaults:
  pool: pool_iw_ssd
  type: unmanaged
  image: debian12_uefi
  tags: [production]
servers:
  web:
    count: 3
    cores: "${var.size}"
    memory: 4
    disks: [50]
    notes: "Owner: platform team"
"""

BOX = """\
stack: box
servers:
  box:
    pool: pool_iw_ssd
    type: unmanaged
    image: debian12_uefi
    cores: 1
    memory: 2
    disks: [50]
"""
"""One small server, to which a test adds the field that it is about."""

EMPTY = "stack: web\nservers: {}\n"

APPLY = ("apply", "web.yaml", "--auto-approve")
IS_EMPTY = ("plan", "web.yaml", "--detailed-exitcode")
"""Commands on the file that `write_stack` writes."""


def write_stack(folder: Path, text: str = WEB, name: str = "web.yaml") -> str:
    """Write a stack file into the folder; its name is what a command takes there."""
    (folder / name).write_text(text, encoding="utf-8")
    return name


def with_faults(env: Mapping[str, str], folder: Path, *rules: Mapping[str, Any]) -> dict[str, str]:
    """The environment in which the embedded API misbehaves by these rules."""
    path = folder / "faults.yaml"
    path.write_text(json.dumps({"rules": rules}), encoding="utf-8")
    return {**env, "CCLOUD_SANDBOX_FAULTS": str(path)}


def once(operation: str, fault: Mapping[str, Any], *, nth: int = 1) -> dict[str, Any]:
    """A rule: the operation's nth request meets this fault."""
    return {"operation": operation, "when": {"nth": nth}, "fault": fault}
