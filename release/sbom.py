"""The SBOM of a release, as CycloneDX: the wheel, and the locked packages that it may need.

cyclonedx-py lists the lock with its hashes. What it cannot know is added here: which wheel this is
about, and what of the lock that wheel asks for by name. The lock has the extras too.
"""

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from release.problems import ReleaseError
from release.version import Version

LOCK = Path("requirements/all.txt")
_FORMAT = SchemaVersion.V1_6
_NAME = re.compile(r"[A-Za-z0-9._-]+")


def write_sbom(
    run: Callable[..., None], wheel: Path, version: Version, asked_for: list[str], path: Path
) -> None:
    """Write the SBOM of a wheel that asks for these requirements; `run` calls a tool."""
    run("cyclonedx-py", "requirements", "--output-reproducible", "--output-file", path, LOCK)
    document = json.loads(path.read_text(encoding="utf-8"))
    _add_subject(document, wheel, version, asked_for)
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    if wrong := JsonStrictValidator(_FORMAT).validate_str(text):
        raise ReleaseError(f"the SBOM is not valid CycloneDX {_FORMAT.to_version()}: {wrong}")
    path.write_text(text, encoding="utf-8")


def _add_subject(
    document: dict[str, Any], wheel: Path, version: Version, asked_for: list[str]
) -> None:
    """Name the wheel, and draw a line from it to each locked package that it asks for."""
    subject = f"pkg:pypi/ccloud-apply@{version}"
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    document["metadata"]["component"] = {
        "type": "application",
        "bom-ref": subject,
        "name": "ccloud-apply",
        "version": str(version),
        "purl": subject,
        "licenses": [{"license": {"id": "MIT", "acknowledgement": "declared"}}],
        "hashes": [{"alg": "SHA-256", "content": digest}],
    }
    locked = {normalize(one["name"]): one["bom-ref"] for one in document["components"]}
    named = {normalize(found[0]) for one in asked_for if (found := _NAME.match(one))}
    if missing := sorted(named - locked.keys()):
        raise ReleaseError(
            f"{LOCK} does not have {', '.join(missing)}: run `python requirements/lock.py`"
        )
    needed = {"ref": subject, "dependsOn": sorted(locked[name] for name in named)}
    document["dependencies"].insert(0, needed)


def normalize(name: str) -> str:
    """A package's name as an index spells it."""
    return re.sub(r"[-_.]+", "-", name).lower()
