"""The plan that the pictures show: one of the sandbox, the same on every day and in every place.

What depends on the day, the place or the version is replaced, so that a picture changes only with
what is shown.
"""

import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from website.navigation import ROOT

COLUMNS = 88

BEFORE = """\
stack: shop
defaults: {pool: pool_iw_ssd, type: unmanaged, image: debian12_uefi, tags: [production]}
servers:
  db: {cores: 4, memory: 8, disks: [50, 200]}
  web: {count: 2, cores: 4, memory: 8, disks: [50]}
  search: {cores: 2, memory: 4, disks: [50, 100]}
"""
AFTER = """\
stack: shop
defaults: {pool: pool_iw_ssd, type: unmanaged, image: debian12_uefi, tags: [production]}
servers:
  db: {cores: 4, memory: 16, disks: [50, 400], lifecycle: {prevent_destroy: true}}
  web: {count: 3, cores: 2, memory: 8, disks: [50]}
"""

# What depends on the day, the place or the version, and what a picture shows instead.
STEADY = (
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC"), "2027-01-04 09:00 UTC"),
    (re.compile(r"/\S+/\.ccloud-apply/"), ".ccloud-apply/"),
    (re.compile(r"ccloud-apply \d[\w.+]*"), "ccloud-apply 1.0.0"),
    (re.compile(r"(invoice: )[\d.]+"), r"\g<1>983.90"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One plan, as a terminal and as a browser get it."""

    ansi: str
    html: str


def make_plan(folder: Path) -> Plan:
    """Plans a change of a stack that was applied, in a folder that is empty."""
    stack, page = folder / "shop.yaml", folder / "plan.html"
    stack.write_text(BEFORE, encoding="utf-8")
    _run(folder, "apply", "--auto-approve", stack.name)
    stack.write_text(AFTER, encoding="utf-8")
    _commit(folder)
    said = _run(folder, "plan", stack.name)
    _run(folder, "plan", "--write", f"html={page.name}", stack.name)
    shown = said[said.index("Stack ") :]  # after the account, which says more than is looked at
    return Plan(ansi=steady(shown), html=steady(page.read_text(encoding="utf-8")))


def steady(text: str) -> str:
    """The text as it would be on any day, in any folder, of any version."""
    for pattern, instead in STEADY:
        text = pattern.sub(instead, text)
    return text


def _run(folder: Path, *arguments: str) -> str:
    """What a command prints to a terminal."""
    ours, theirs = pty.openpty()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PYTHONPATH": str(ROOT),
        "TERM": "xterm-256color",
        "COLUMNS": str(COLUMNS),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "ccloud_apply", "--sandbox", *arguments],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.PIPE,
    )
    os.close(theirs)
    said = b"".join(_read(ours))
    os.close(ours)
    _, errors = process.communicate()
    if process.returncode:
        raise RuntimeError(errors.decode())
    return said.decode().replace("\r\n", "\n")


def _read(terminal: int) -> Iterator[bytes]:
    while True:
        try:
            data = os.read(terminal, 65536)
        except OSError:  # Linux says so when the other side has closed
            return
        if not data:
            return
        yield data


def _commit(folder: Path) -> None:
    """A commit that is the same everywhere: the page names it."""
    who = {"NAME": "Example", "EMAIL": "example@example.com", "DATE": "2027-01-04T09:00:00Z"}
    identity = {
        f"GIT_{role}_{name}": v for role in ("AUTHOR", "COMMITTER") for name, v in who.items()
    }
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), **identity}
    for arguments in (
        ("init", "--quiet", "--object-format=sha1"),
        ("add", "shop.yaml"),
        ("commit", "--quiet", "--message=Grow the shop"),
    ):
        subprocess.run(["git", *arguments], cwd=folder, env=environment, check=True)
