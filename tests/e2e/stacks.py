"""Stack files for the tests of the command line."""

from pathlib import Path

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

EMPTY = "stack: web\nservers: {}\n"


def write_stack(folder: Path, text: str = WEB, name: str = "web.yaml") -> str:
    """Write a stack file into the folder; its name is what a command takes there."""
    (folder / name).write_text(text, encoding="utf-8")
    return name
