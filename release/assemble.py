"""The files of a release, built once from a tagged commit, looked at, and listed with digests.

The release workflow and the rehearsal call the same function, so what is tried here is what is
published there.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from email.message import Message
from email.parser import HeaderParser
from functools import partial
from pathlib import Path

from ccloud_apply import home
from release import git
from release.check import read_changelog
from release.notes import make_notes
from release.problems import ReleaseError
from release.sbom import write_sbom
from release.version import Version

NOTES = "release-notes.md"
SBOM = "ccloud-apply.cdx.json"
DIGESTS = "SHA256SUMS"
PACKAGES = "packages"
"""The folder of what an index gets; beside it are the files of the release's page."""

Tell = Callable[[str], None]


def assemble(root: Path, version: Version, out: Path, tell: Tell) -> tuple[Path, ...]:
    """Build all files of a release into a new folder; ReleaseError if one of them is not right."""
    if out.exists() and any(out.iterdir()):
        raise ReleaseError(f"{out} is not empty: name another folder, or empty it")
    if problems := git.find_tag_problems(root, version) + git.find_uncommitted(root):
        raise ReleaseError(*problems)
    is_new = not out.exists()
    out.mkdir(parents=True, exist_ok=True)
    try:
        return _assemble(root, version, out, tell)
    except BaseException:  # half of a release is none: the next try finds the place as this one did
        shutil.rmtree(out)
        if not is_new:
            out.mkdir()
        raise


def _assemble(root: Path, version: Version, out: Path, tell: Tell) -> tuple[Path, ...]:
    packages = out / PACKAGES
    packages.mkdir()
    tell("building the source distribution, and the wheel from it")
    _build(root, packages)
    wheel, source = expect_packages(packages, version)
    tell("checking both with twine and check-wheel-contents")
    run_tool(root, "twine", "check", "--strict", wheel, source)
    run_tool(root, "check-wheel-contents", wheel)
    metadata = read_metadata(wheel)
    check_metadata(metadata, wheel, version)
    try_wheel(wheel, version)
    tell("writing the SBOM, the notes and the digests")
    asked_for = [one for one in metadata.get_all("Requires-Dist", []) if "extra ==" not in one]
    write_sbom(partial(run_tool, root), wheel, version, asked_for, out / SBOM)
    notes = make_notes(read_changelog(root), version, home.REPOSITORY_URL)
    (out / NOTES).write_text(notes, encoding="utf-8")
    files = (wheel, source, out / SBOM)
    _write_digests(files, out / DIGESTS)
    return (*files, out / NOTES, out / DIGESTS)


def run_tool(root: Path, name: str, *arguments: str | Path) -> None:
    """Run a tool of the extra `dev`; ReleaseError with what it says where it fails."""
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(int(git.commit_time(root).timestamp()))}
    ended = subprocess.run(
        [str(Path(sys.executable).parent / name), *map(str, arguments)],
        cwd=root,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if ended.returncode != 0:
        raise ReleaseError(f"{name} failed:\n{ended.stdout.strip()}")


def _build(root: Path, packages: Path) -> None:
    """Build without an environment of its own: what builds is what the lock has installed."""
    run_tool(root, "pyproject-build", "--no-isolation", "--outdir", packages)


def expect_packages(packages: Path, version: Version) -> tuple[Path, Path]:
    """The wheel and the source distribution, if the build made these two and nothing else."""
    wheel = packages / f"ccloud_apply-{version}-py3-none-any.whl"
    source = packages / f"ccloud_apply-{version}.tar.gz"
    found = {path.name for path in packages.iterdir()}
    if found != {wheel.name, source.name}:
        raise ReleaseError(
            f"the build produced {', '.join(sorted(found))}, not {wheel.name} and {source.name}:"
            f" is {version.tag} the only tag of this commit?"
        )
    return wheel, source


def read_metadata(wheel: Path) -> Message:
    """What the wheel says of itself."""
    with zipfile.ZipFile(wheel) as opened:
        name = next(name for name in opened.namelist() if name.endswith(".dist-info/METADATA"))
        return HeaderParser().parsestr(opened.read(name).decode())


def check_metadata(said: Message, wheel: Path, version: Version) -> None:
    """Hold what a wheel says against the tag, the licence and the project's home."""
    problems: list[str] = []
    if said["Version"] != str(version):
        problems.append(f"{wheel.name} has the version {said['Version']}, not {version}")
    if said["License-Expression"] != "MIT" or "LICENSE" not in said.get_all("License-File", []):
        problems.append(f"{wheel.name} does not have the licence MIT, or not the file LICENSE")
    if not any(home.REPOSITORY_URL in url for url in said.get_all("Project-URL", [])):
        problems.append(f"{wheel.name} does not name {home.REPOSITORY_URL} as its address")
    if problems:
        raise ReleaseError(*problems)


def try_wheel(wheel: Path, version: Version) -> None:
    """Start the command of the wheel, unpacked to a place of its own."""
    with tempfile.TemporaryDirectory(prefix="release-wheel-") as folder:
        with zipfile.ZipFile(wheel) as opened:
            opened.extractall(folder)
        said = subprocess.run(
            [sys.executable, "-m", "ccloud_apply", "--version"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
    if str(version) not in said.stdout.split():
        raise ReleaseError(f"{wheel.name} does not start: {(said.stdout + said.stderr).strip()}")


def _write_digests(files: tuple[Path, ...], path: Path) -> None:
    """As `sha256sum --check` reads them, by names without folders."""
    lines = (f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files)
    path.write_text("".join(sorted(lines, key=lambda line: line.split()[1])), encoding="utf-8")
