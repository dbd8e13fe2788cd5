"""Which files `fmt` takes, what it makes of them, and what it leaves alone."""

from pathlib import Path

import pytest

from ccloud_apply.errors import UsageError
from ccloud_apply.model.results.formatting import Formatting
from ccloud_apply.workflows.format_files import format_content, format_files, write_formatted

MESSY = "servers:   {}\nstack: web\n"
TIDY = "stack: web\nservers: {}\n"


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def run(*paths: Path) -> tuple[Formatting, list[str]]:
    """What comes of it, and the names of what was left out."""
    skipped: list[Path] = []
    formatting = format_files(tuple(map(str, paths)), on_skipped=skipped.append)
    return formatting, [path.name for path in skipped]


def names(formatting: Formatting) -> list[str]:
    return [Path(file.path).name for file in formatting.files]


def test_stacks_projects_and_the_files_that_they_name_are_taken_from_a_folder(
    tmp_path: Path,
) -> None:
    write(tmp_path, "web.yaml", f"extends: [shared/base.yaml]\n{MESSY}")
    write(tmp_path, "shared/base.yaml", "defaults: {memory: 4, cores: 2}\n")
    write(tmp_path, "env/prod.yaml", "b:   1\na: 2\n")
    write(
        tmp_path,
        "ccloud-apply.yaml",
        "environments: {prod: {var_files: [env/prod.yaml]}}\nproject: shop\n",
    )
    write(tmp_path, "values.yaml", "size:   4\n")
    write(tmp_path, ".hidden.yaml", MESSY)
    formatting, skipped = run(tmp_path)
    assert skipped == ["values.yaml"]
    after = {Path(file.path).name: file.after for file in formatting.files}
    assert after["base.yaml"] == "defaults: {cores: 2, memory: 4}\n"
    assert after["prod.yaml"] == "b: 1\na: 2\n"
    assert after["ccloud-apply.yaml"] is not None
    assert after["ccloud-apply.yaml"].startswith("project: shop\n")
    assert set(after) == {"web.yaml", "base.yaml", "prod.yaml", "ccloud-apply.yaml"}


def test_what_a_stack_sends_as_it_is_keeps_its_layout(tmp_path: Path) -> None:
    write(
        tmp_path,
        "web.yaml",
        "stack: web\nservers:\n  a: {user_data: {template: sent/node.yaml}}\n"
        "  b: {user_data: {file: sent/init.yaml}, template: small}\n",
    )
    write(tmp_path, "sent/node.yaml", "#cloud-config\nruncmd:   []\n")
    init = write(tmp_path, "sent/init.yaml", "servers:   []\n")
    formatting, skipped = run(tmp_path)
    assert (names(formatting), skipped) == (["web.yaml"], [])
    assert names(run(init)[0]) == ["init.yaml"]


def test_a_file_that_is_named_is_formatted_whatever_it_is(tmp_path: Path) -> None:
    path = write(tmp_path, "values.yaml", "z:   [1,2]\na: 1\n")
    formatting, skipped = run(path)
    assert skipped == []
    assert [file.after for file in formatting.files] == ["z: [1, 2]\na: 1\n"]


def test_only_what_changes_is_written_and_its_mode_stays(tmp_path: Path) -> None:
    messy = write(tmp_path, "messy.yaml", MESSY)
    tidy = write(tmp_path, "tidy.yaml", TIDY.replace("web", "db"))
    messy.chmod(0o640)
    before = tidy.stat().st_ino, tidy.stat().st_mtime_ns
    formatting, _ = run(tmp_path)
    write_formatted(formatting)
    assert messy.read_text() == TIDY
    assert messy.stat().st_mode & 0o777 == 0o640
    assert (tidy.stat().st_ino, tidy.stat().st_mtime_ns) == before


def test_a_file_that_cannot_be_read_stays_and_the_others_are_formatted(tmp_path: Path) -> None:
    broken = write(tmp_path, "broken.yaml", "stack: web\nstack: web\n")
    messy = write(tmp_path, "messy.yaml", MESSY)
    formatting, _ = run(tmp_path)
    write_formatted(formatting)
    assert [found.code for found in formatting.diagnostics] == ["duplicate-key"]
    assert broken.read_text() == "stack: web\nstack: web\n"
    assert messy.read_text() == TIDY


def test_a_circle_of_links_that_a_stack_names_is_no_file_to_format(tmp_path: Path) -> None:
    (tmp_path / "circle").symlink_to("circle")
    write(tmp_path, "web.yaml", f"extends: circle\n{MESSY}")
    assert names(run(tmp_path)[0]) == ["web.yaml"]


def test_a_file_behind_a_link_is_written_and_the_link_stays(tmp_path: Path) -> None:
    target = write(tmp_path, "real/messy.yaml", MESSY)
    link = tmp_path / "link.yaml"
    link.symlink_to(target)
    write_formatted(run(link)[0])
    assert link.is_symlink()
    assert target.read_text() == TIDY


@pytest.mark.parametrize("name", ["circle.yaml", r"a\0b", "a" * 5000, "../" * 50])
def test_a_name_that_no_file_can_have_names_none(tmp_path: Path, name: str) -> None:
    (tmp_path / "circle.yaml").symlink_to("circle.yaml")
    write(tmp_path, "web.yaml", f'extends: ["{name}"]\nstack: web\n')
    formatting, skipped = run(tmp_path)
    assert (names(formatting), skipped) == (["web.yaml"], [])
    assert formatting.changed != ()


def test_a_folder_with_nothing_to_format_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, "values.yaml", "size: 4\n")
    with pytest.raises(UsageError, match="is a stack or a project file"):
        run(tmp_path)


def test_a_saved_plan_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "plan.yaml", '{"kind": "ccloud-apply-plan", "stacks": []}')
    with pytest.raises(UsageError, match="is a saved plan"):
        run(path)


def test_a_password_in_a_file_is_written_back_and_never_shown() -> None:
    text = b"servers:\n   a: {password: hunter2}\nstack: s\n"
    file = format_content(text, "s.yaml", shows=True)
    assert file.after is not None
    assert "hunter2" in file.after
    assert "hunter2" not in file.shown_before + file.shown_after + repr(file)
