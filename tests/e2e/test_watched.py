"""`validate --watched`: every file that stacks are made of has to start a pipeline."""

from pathlib import Path

import pytest

from ccloud_apply.workflows.inputs.watched import tell_unwatched
from tests.conftest import RunCli

FILES = {
    "ccloud-apply.yaml": "project: shop\nenvironments: {prod: {var_files: [sizes/prod.yaml]}}\n",
    "sizes/prod.yaml": "size: 4\n",
    "shared/base.yaml": "variables: {size: 2}\n",
    "stacks/web.yaml": (
        "stack: web\nextends: ../shared/base.yaml\n"
        'servers: {web: {hostname: vs10001, cores: "${var.size}", user_data: {file: init.sh}}}\n'
    ),
    "stacks/init.sh": "#!/bin/sh\n",
}


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """A repository, which is the current folder."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / ".git").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    "watched",
    [
        "stacks,shared,sizes,*.yaml",
        "stacks/**,shared/base.yaml,sizes/**,ccloud-apply.yaml",
        '["stacks/**/*", "{shared,sizes}/**/*", "*.{yaml,yml}"]',
        "**/*",
        ".",
    ],
)
def test_what_is_watched_is_no_error(call_cli: RunCli, top: Path, watched: str) -> None:
    ended = call_cli("validate", "--watched", watched, "stacks")
    assert (ended.code, ended.err) == (0, "")


@pytest.mark.parametrize(
    ("watched", "missing"),
    [
        ("stacks,sizes,*.yaml", "shared/base.yaml"),
        ("stacks,shared,*.yaml", "sizes/prod.yaml"),
        ("stacks,shared,sizes", "ccloud-apply.yaml"),
        ("stacks/*.yaml,shared,sizes,*.yaml", "stacks/init.sh"),
        ("stack,stacks-old,stacks/web.yaml,shared,sizes,*.yaml", "stacks/init.sh"),
    ],
)
def test_what_is_not_watched_is_named_with_a_way_out(
    call_cli: RunCli, top: Path, watched: str, missing: str
) -> None:
    ended = call_cli("validate", "--watched", watched, "stacks")
    assert ended.code == 1
    errors = [line for line in ended.err.splitlines() if line.startswith("error:")]
    assert len(errors) == 1
    assert f"the stacks are made of {missing} too" in errors[0]
    assert "to the paths that start the pipeline, and to --watched" in ended.err


def test_a_file_above_the_current_folder_cannot_be_watched(
    top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(top / "stacks")
    made_of = {
        top / "shared/base.yaml": Path("web.yaml"),
        top / "stacks/web.yaml": Path("web.yaml"),
    }
    (error,) = tell_unwatched(made_of, ("**/*",))
    assert "../shared/base.yaml too, which is outside of the current folder" in error.what
    assert error.hint == "run this in the top folder of the repository that has it"


def test_a_link_is_the_file_that_it_leads_to(call_cli: RunCli, top: Path) -> None:
    (top / "shared" / "base.yaml").rename(top / "elsewhere.yaml")
    (top / "shared" / "base.yaml").symlink_to(top / "elsewhere.yaml")
    ended = call_cli("validate", "--watched", "stacks,shared,sizes,ccloud-apply.yaml", "stacks")
    assert ended.code == 1
    assert "made of elsewhere.yaml too" in ended.err


@pytest.mark.parametrize("watched", ["", " , ", "[]", "[1]", "[", '{"a": 1}'])
def test_what_is_no_list_of_paths_is_told(call_cli: RunCli, top: Path, watched: str) -> None:
    ended = call_cli("validate", "--watched", watched, "stacks")
    assert ended.code == 1
    assert "--watched" in ended.err
