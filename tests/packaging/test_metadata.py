"""What the built package says about itself: version, addresses, licence, Pythons."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hatchling.metadata.core import ProjectMetadata
from hatchling.plugin.manager import PluginManager

import hatch_build
from ccloud_apply.home import REPOSITORY_URL, docs_url
from tests.conftest import ROOT

SOURCES = ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", "ccloud_apply/home.py")
FALLBACK = "0.1.0.dev0"


def read_metadata(folder: Path) -> ProjectMetadata[PluginManager]:
    metadata = ProjectMetadata[PluginManager](str(folder), PluginManager())
    metadata.validate_fields()
    return metadata


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the files that the build reads, which no repository is around."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    folder = tmp_path / "copy"
    for name in SOURCES:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target)
    return folder


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=x", "-c", "user.email=x@x.example", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


def commit(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", "x")


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_copy_of_the_files_has_the_version_that_stands_in_for_one(copy: Path) -> None:
    assert read_metadata(copy).version == FALLBACK


@pytest.mark.parametrize(
    ("described", "version"),
    [("v1.2.3", "1.2.3"), ("v1.2.3-4-g1234567", "1.2.4.dev4+g1234567"), ("", FALLBACK)],
)
def test_an_archive_of_a_host_has_the_version_of_its_tag(
    copy: Path, described: str, version: str
) -> None:
    (copy / ".git_archival.txt").write_text(f"describe-name: {described}\n", encoding="utf-8")
    assert read_metadata(copy).version == version


@pytest.mark.parametrize(("tag", "version"), [("v2.0.1", "2.0.1"), ("other", FALLBACK)])
def test_the_template_of_an_archive_is_filled_in_by_git(
    copy: Path, tmp_path: Path, tag: str, version: str
) -> None:
    for name in (".git_archival.txt", ".gitattributes"):
        shutil.copy(ROOT / name, copy / name)
    git(copy, "init", "-q")
    commit(copy)
    git(copy, "tag", tag)
    archive = tmp_path / "archive.tar"
    git(copy, "archive", "--prefix=archive/", "-o", str(archive), "HEAD")
    subprocess.run(["tar", "-xf", archive, "-C", tmp_path], check=True)
    assert read_metadata(tmp_path / "archive").version == version


def test_a_commit_with_a_tag_has_its_version_and_links_to_its_files(copy: Path) -> None:
    git(copy, "init", "-q")
    commit(copy)
    git(copy, "tag", "v1.2.3")
    metadata = read_metadata(copy)
    assert metadata.version == "1.2.3"
    assert metadata.core.urls["Changelog"] == f"{REPOSITORY_URL}/blob/v1.2.3/CHANGELOG.md"
    assert f"{REPOSITORY_URL}/blob/v1.2.3/docs/ci.md" in metadata.core.readme


def test_a_clone_without_tags_has_a_version_that_no_release_can_have(copy: Path) -> None:
    git(copy, "init", "-q")
    commit(copy)
    git(copy, "tag", "some-other-tag")
    assert read_metadata(copy).version.startswith("0.1.0.dev1+g")


def test_the_package_names_its_home_its_licence_and_its_types() -> None:
    core = read_metadata(ROOT).core
    assert core.urls["Homepage"] == REPOSITORY_URL
    assert core.urls["Documentation"] == docs_url()
    assert set(core.urls) == {"Homepage", "Documentation", "Source", "Changelog", "Issues"}
    assert (core.license_expression, core.license_files) == ("MIT", ["LICENSE"])
    assert core.readme_content_type == "text/markdown"
    assert "Typing :: Typed" in core.classifiers
    assert (ROOT / "ccloud_apply" / "py.typed").exists()
    assert not any(one.startswith("License ::") for one in core.classifiers)
    assert f"Programming Language :: Python :: 3.{sys.version_info.minor}" in core.classifiers


def test_the_licence_is_the_one_that_the_metadata_names() -> None:
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith("MIT License\n")


@pytest.mark.parametrize(
    ("version", "ref"),
    [
        ("1.2.3", "v1.2.3"),
        ("1.2.3rc1", "v1.2.3rc1"),
        ("1.2.4.dev4+g12", "HEAD"),
        (FALLBACK, "HEAD"),
    ],
)
def test_links_are_those_of_the_release_or_of_the_newest_commit(version: str, ref: str) -> None:
    assert hatch_build.ref_of(version) == ref
