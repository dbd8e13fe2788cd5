"""The text of a stack's file for the page: from a folder, or from the checkout of its commit."""

from dataclasses import replace
from pathlib import Path

import pytest

from ccloud_apply.fleet.model.config import AccountConfig, FleetConfig, Rule, SourceConfig
from ccloud_apply.fleet.sources.checkout import checkout_folder
from ccloud_apply.fleet.sources.declared_text import MAX_BYTES, read_declared_text
from ccloud_apply.model.results.fleet import FleetStack
from tests.support.render.fleet_values import STACK

COMMIT = "c0ffee" * 6 + "c0ff"


@pytest.fixture
def config(tmp_path: Path) -> FleetConfig:
    """A folder and a repository."""
    return FleetConfig(
        path="fleet.yaml",
        accounts={"acme": AccountConfig(name="acme", endpoint="sandbox")},
        sources=(
            SourceConfig(name="local", folder=str(tmp_path / "folder")),
            SourceConfig(name="git", git="https://git.example.com/stacks.git"),
        ),
        rules=(Rule(),),
    )


def _stack() -> FleetStack:
    return replace(STACK, source="local", path="a/web.yaml", commit=None)


def _put(folder: Path, text: bytes) -> None:
    (folder / "a").mkdir(parents=True)
    (folder / "a" / "web.yaml").write_bytes(text)


def test_a_folder_is_read_as_it_is_now(config: FleetConfig, tmp_path: Path) -> None:
    _put(tmp_path / "folder", "stack: web # ä\n".encode() + b"\xff\n")
    assert read_declared_text(config, tmp_path, _stack()) == "stack: web # ä\n\ufffd\n"


def test_a_repository_is_read_at_the_commit_of_the_stack(
    config: FleetConfig, tmp_path: Path
) -> None:
    stack = replace(_stack(), source="git", commit=COMMIT)
    assert read_declared_text(config, tmp_path, stack) is None
    _put(checkout_folder(config.sources[1], COMMIT, tmp_path), b"stack: web\n")
    assert read_declared_text(config, tmp_path, stack) == "stack: web\n"
    assert read_declared_text(config, tmp_path, replace(stack, commit="0" * 40)) is None
    assert read_declared_text(config, tmp_path, replace(stack, commit=None)) is None


@pytest.mark.parametrize("path", ["../secret", "/etc/hostname", "a/link", "a", "a/none", "a/\0"])
def test_nothing_outside_of_a_source_is_read(
    config: FleetConfig, tmp_path: Path, path: str
) -> None:
    _put(tmp_path / "folder", b"stack: web\n")
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    (tmp_path / "folder" / "a" / "link").symlink_to(tmp_path / "secret")
    assert read_declared_text(config, tmp_path, replace(_stack(), path=path)) is None


def test_an_unknown_source_has_no_text_and_a_long_file_is_cut(
    config: FleetConfig, tmp_path: Path
) -> None:
    _put(tmp_path / "folder", b"#" * (MAX_BYTES + 10))
    text = read_declared_text(config, tmp_path, _stack())
    assert text is not None
    assert len(text) == MAX_BYTES
    assert read_declared_text(config, tmp_path, replace(_stack(), source="gone")) is None
