"""A whole release of what is committed here, but publishing; and packages that are refused."""

import hashlib
import json
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from ccloud_apply import home
from release import git
from release.assemble import (
    DIGESTS,
    NOTES,
    SBOM,
    check_metadata,
    expect_packages,
    read_metadata,
    try_wheel,
)
from release.changelog import parse_changelog
from release.check import NO_HOME, read_changelog
from release.problems import ReleaseError
from release.rehearse import next_version, rehearse
from release.sbom import write_sbom
from release.version import Version
from tests.conftest import ROOT
from tests.support.git import run_git

ONE = Version(1, 2, 3)
GOOD = (
    "Metadata-Version: 2.4\nName: ccloud-apply\nVersion: 1.2.3\nLicense-Expression: MIT\n"
    f"License-File: LICENSE\nProject-URL: Homepage, {home.REPOSITORY_URL}\n"
    "Requires-Dist: click<9,>=8\nRequires-Dist: authlib<2; extra == 'fleet-oidc'\n"
)


@pytest.mark.slow
@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="a source distribution has no history")
def test_a_rehearsal_makes_all_files_of_a_release_and_leaves_the_repository_as_it_is(
    tmp_path: Path,
) -> None:
    repository = add_an_entry(tmp_path)
    version, out = next_version(repository), tmp_path / "files"
    stops = rehearse(repository, version, out, print)
    assert stops == ([] if home.has_home() else [NO_HOME])
    assert not git.is_tagged(repository, version)
    assert read_changelog(repository).unreleased.endswith("- Something more.")
    names = {path.name: path for path in out.rglob("*") if path.is_file()}
    wheel, source = f"ccloud_apply-{version}-py3-none-any.whl", f"ccloud_apply-{version}.tar.gz"
    assert names.keys() == {wheel, source, SBOM, NOTES, DIGESTS}
    assert {path.parent.name for path in (names[wheel], names[source])} == {"packages"}
    listed = [line.split("  ") for line in names[DIGESTS].read_text("utf-8").splitlines()]
    assert listed == [[digest_of(names[name]), name] for name in sorted((wheel, source, SBOM))]
    expect_source(names[source], tmp_path, version)
    expect_sbom(names[SBOM], names[wheel], version)


def add_an_entry(folder: Path) -> Path:
    """This repository with something to release, which it lacks right after a release."""
    repository = folder / "repository"
    git.clone(ROOT, repository)
    path = repository / "CHANGELOG.md"
    text = path.read_text(encoding="utf-8")
    changelog = parse_changelog(text)
    entries = f"{changelog.unreleased}\n- Something more.".strip()
    path.write_text(replace(changelog, unreleased=entries).render(), encoding="utf-8")
    run_git(repository, "commit", "--quiet", "--all", "--message", "Bring something more")
    return repository


def digest_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def expect_source(source: Path, folder: Path, version: Version) -> None:
    """The source has its tests, and a changelog without anything unreleased."""
    subprocess.run(["tar", "-xf", source, "-C", folder], check=True)
    root = folder / f"ccloud_apply-{version}"
    changelog = read_changelog(root)
    assert (changelog.unreleased, changelog.released[0].version) == ("", version)
    assert (root / "tests" / "release").is_dir()
    assert (root / "release" / "__main__.py").exists()


def expect_sbom(sbom: Path, wheel: Path, version: Version) -> None:
    """The SBOM is about this wheel, and leads to what it needs."""
    document = json.loads(sbom.read_text("utf-8"))
    subject = document["metadata"]["component"]
    assert subject["hashes"] == [{"alg": "SHA-256", "content": digest_of(wheel)}]
    assert subject["purl"] == f"pkg:pypi/ccloud-apply@{version}"
    (needed,) = (one for one in document["dependencies"] if one["ref"] == subject["bom-ref"])
    names = {one["bom-ref"]: one["name"].lower() for one in document["components"]}
    assert {"click", "jsonschema-rs"} <= {names[reference] for reference in needed["dependsOn"]}
    assert "authlib" in names.values()


def make_wheel(folder: Path, metadata: str, code: str = "") -> Path:
    wheel = folder / "ccloud_apply-1.2.3-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as opened:
        opened.writestr("ccloud_apply/__init__.py", "")
        opened.writestr("ccloud_apply/__main__.py", code)
        opened.writestr("ccloud_apply-1.2.3.dist-info/METADATA", metadata)
    return wheel


def test_a_wheel_that_says_what_the_tag_says_passes(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, GOOD, "print('ccloud-apply 1.2.3')")
    check_metadata(read_metadata(wheel), wheel, ONE)
    try_wheel(wheel, ONE)


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (("Version: 1.2.3", "Version: 1.2.4.dev1"), r"has the version 1\.2\.4\.dev1, not 1\.2\.3"),
        (("License-Expression: MIT\n", ""), "does not have the licence MIT"),
        (("License-File: LICENSE\n", ""), "or not the file LICENSE"),
        ((home.REPOSITORY_URL, "https://else.example/a/b"), "does not name .* as its address"),
    ],
)
def test_a_wheel_that_says_something_else_is_refused(
    tmp_path: Path, now: tuple[str, str], reason: str
) -> None:
    wheel = make_wheel(tmp_path, GOOD.replace(*now))
    with pytest.raises(ReleaseError, match=reason):
        check_metadata(read_metadata(wheel), wheel, ONE)


@pytest.mark.parametrize("code", ["print('ccloud-apply 1.2.30')", "import not_there"])
def test_a_wheel_that_does_not_start_or_is_another_version_is_refused(
    tmp_path: Path, code: str
) -> None:
    with pytest.raises(ReleaseError, match="does not start: "):
        try_wheel(make_wheel(tmp_path, GOOD, code), ONE)


def test_other_packages_than_those_of_the_tag_are_refused(tmp_path: Path) -> None:
    make_wheel(tmp_path, GOOD)
    (tmp_path / "ccloud_apply-1.2.4.tar.gz").touch()
    with pytest.raises(
        ReleaseError, match=r"the build produced .*1\.2\.4.*is v1\.2\.3 the only tag"
    ):
        expect_packages(tmp_path, ONE)


def test_a_lock_without_what_the_wheel_asks_for_makes_no_sbom(tmp_path: Path) -> None:
    def list_nothing(_: str, *arguments: str | Path) -> None:
        path = Path(arguments[arguments.index("--output-file") + 1])
        path.write_text('{"metadata": {}, "components": [], "dependencies": []}', encoding="utf-8")

    wheel = make_wheel(tmp_path, GOOD)
    with pytest.raises(ReleaseError, match=r"does not have click, ruamel-yaml: run `python requ"):
        write_sbom(list_nothing, wheel, ONE, ["click<9", "Ruamel.YAML>=1"], tmp_path / "sbom.json")


def test_a_tag_beside_that_of_the_release_is_not_in_the_way_of_a_copy(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    run_git(source, "init", "--quiet")
    run_git(source, "commit", "--allow-empty", "--quiet", "--message", "First")
    run_git(source, "tag", "v1.0.0")
    git.clone(source, tmp_path / "copy")
    assert git.is_tagged(tmp_path / "copy", Version(1, 0, 0))
    run_git(tmp_path / "copy", "tag", "v1.1.0")
    assert not git.is_tagged(source, Version(1, 1, 0))
