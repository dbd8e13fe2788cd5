"""Where a project file is found, which files its patterns name, and what may be read beside it."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.errors import UsageError
from ccloud_apply.project_files import (
    _compile,
    _fits,
    find_matching,
    find_project_file,
    read_beside,
)

NAME = "ccloud-apply.yaml"


def write(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def replace_stat(monkeypatch: pytest.MonkeyPatch, stat: Callable[..., os.stat_result]) -> None:
    """Have files looked at so, and links too: from Python 3.14 `lstat` does not call `stat`."""
    monkeypatch.setattr(Path, "stat", stat)
    monkeypatch.setattr(Path, "lstat", lambda self: stat(self, follow_symlinks=False))


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "repo"
    (folder / ".git").mkdir(parents=True)
    monkeypatch.chdir(folder)
    return folder


def test_the_first_one_upwards_counts(repo: Path) -> None:
    stack = write(repo / "a/b/web.yaml")
    assert find_project_file([str(stack)]) is None
    write(repo / NAME)
    assert find_project_file(["a/b/web.yaml"]) == Path(NAME)
    assert find_project_file(["a/b"]) == Path(NAME)
    assert find_project_file([]) == Path(NAME)
    write(repo / "a" / NAME)
    assert find_project_file(["a/b/web.yaml"]) == Path("a", NAME)


def test_it_is_named_as_seen_from_the_current_folder(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(repo / NAME)
    write(repo / "a/b/web.yaml")
    monkeypatch.chdir(repo / "a/b")
    assert find_project_file([]) == Path("../..", NAME)


def test_the_search_ends_with_the_folder_that_holds_git(repo: Path) -> None:
    write(repo.parent / NAME)
    write(repo / "a/web.yaml")
    assert find_project_file(["a/web.yaml"]) is None
    write(repo / NAME)
    assert find_project_file(["a/web.yaml"]) == Path(NAME)


def test_a_worktree_ends_the_search_too(repo: Path) -> None:
    write(repo / NAME)
    write(repo / "worktree/.git", "gitdir: elsewhere\n")
    write(repo / "worktree/web.yaml")
    assert find_project_file(["worktree/web.yaml"]) is None


def test_a_path_that_does_not_exist_is_looked_for_from_its_folder(repo: Path) -> None:
    write(repo / NAME)
    assert find_project_file(["a/nothing.yaml"]) == Path(NAME)


def test_a_link_to_a_stack_belongs_to_the_folder_that_the_link_is_in(repo: Path) -> None:
    write(repo / "one" / NAME)
    write(repo / "two/web.yaml")
    (repo / "one/web.yaml").symlink_to(repo / "two/web.yaml")
    assert find_project_file(["one/web.yaml"]) == Path("one", NAME)


def test_paths_of_different_projects_are_an_error_that_names_both(repo: Path) -> None:
    write(repo / "one" / NAME)
    write(repo / "two" / NAME)
    with pytest.raises(UsageError, match=r"one belongs to the project of one/.* two to the pro"):
        find_project_file(["one", "two"])
    write(repo / "three/web.yaml")
    with pytest.raises(UsageError, match="but three to no project"):
        find_project_file(["one", "three"])


def test_the_other_ending_is_an_error_and_not_overlooked(repo: Path) -> None:
    write(repo / "ccloud-apply.yml")
    with pytest.raises(UsageError, match=r"ccloud-apply\.yml: a project file has the name"):
        find_project_file([])


@pytest.mark.skipif(os.geteuid() == 0, reason="the administrator may look everywhere")
def test_a_folder_that_cannot_be_looked_at_is_an_error(repo: Path) -> None:
    folder = repo / "a/b"
    folder.mkdir(parents=True)
    (repo / "a").chmod(0o000)
    try:
        with pytest.raises(UsageError):
            find_project_file(["a/b/web.yaml"])
    finally:
        (repo / "a").chmod(0o700)


def test_a_place_that_cannot_be_looked_at_is_no_absent_project(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stat = Path.stat

    def refuse(self: Path, **options: bool) -> os.stat_result:
        if self.name == NAME:
            raise PermissionError(13, "Permission denied", str(self))
        return stat(self, **options)

    replace_stat(monkeypatch, refuse)
    with pytest.raises(UsageError, match="a project file may be missed") as caught:
        find_project_file([])
    assert "--no-project" in caught.value.hint


@pytest.mark.parametrize("target", ["nowhere.yaml", NAME])
def test_a_link_that_leads_nowhere_is_no_absent_project(repo: Path, target: str) -> None:
    write(repo / NAME)
    (repo / "a").mkdir()
    (repo / "a" / NAME).symlink_to(target)
    assert find_project_file(["a"]) == Path("a", NAME)


def test_a_link_that_somebody_else_has_put_above_a_folder_is_refused(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(repo / "own.yaml")
    (repo / "a").mkdir()
    (repo / NAME).symlink_to("own.yaml")
    stat = Path.stat

    def owned(self: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        found = stat(self, follow_symlinks=follow_symlinks)
        owner = 1000 if follow_symlinks else 4711
        return os.stat_result((*found[:4], owner, *found[5:10]))

    replace_stat(monkeypatch, owned)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(UsageError, match="belongs to another user"):
        find_project_file(["a"])


def test_a_file_of_somebody_else_above_a_folder_is_refused(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(repo / NAME)
    (repo / "a").mkdir()
    stat = Path.stat

    def owned(self: Path, **options: bool) -> os.stat_result:
        found = stat(self, **options)
        owner = 4711 if self.name == NAME else 1000
        return os.stat_result((*found[:4], owner, *found[5:10]))

    replace_stat(monkeypatch, owned)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(UsageError, match="belongs to another user") as caught:
        find_project_file(["a"])
    assert "--project ccloud-apply.yaml" in caught.value.hint
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    assert find_project_file(["a"]) == Path(NAME)


@pytest.fixture
def tree(repo: Path) -> Path:
    for name in (
        *("web.yaml", "db.yml", "notes.txt", ".hidden.yaml", "stacks/a.yaml", "stacks/b.yml"),
        *("stacks/deep/c.yaml", "stacks/deep/er/d.yaml", "stacks/.git/e.yaml", "env/prod.yaml"),
    ):
        write(repo / name)
    (repo / "empty").mkdir()
    (repo / "stacks/link").symlink_to(repo / "env")
    return repo


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("stacks/**/*.yaml", ["stacks/a.yaml", "stacks/deep/c.yaml", "stacks/deep/er/d.yaml"]),
        ("stacks/*.yaml", ["stacks/a.yaml"]),
        ("stacks/*", ["stacks/a.yaml", "stacks/b.yml"]),
        (
            "stacks",
            ["stacks/a.yaml", "stacks/b.yml", "stacks/deep/c.yaml", "stacks/deep/er/d.yaml"],
        ),
        (
            "./stacks/",
            ["stacks/a.yaml", "stacks/b.yml", "stacks/deep/c.yaml", "stacks/deep/er/d.yaml"],
        ),
        (
            "stacks/**",
            ["stacks/a.yaml", "stacks/b.yml", "stacks/deep/c.yaml", "stacks/deep/er/d.yaml"],
        ),
        ("stacks/[ab].y*", ["stacks/a.yaml", "stacks/b.yml"]),
        ("stacks/[!a].y*", ["stacks/b.yml"]),
        ("stacks/?.yaml", ["stacks/a.yaml"]),
        ("*/*.yaml", ["env/prod.yaml", "stacks/a.yaml"]),
        ("**/d.yaml", ["stacks/deep/er/d.yaml"]),
        ("web.yaml", ["web.yaml"]),
        ("notes.txt", ["notes.txt"]),
        ("*.txt", []),
        ("empty", []),
        ("stacks/*.json", []),
    ],
)
def test_a_pattern_names_these_files(tree: Path, pattern: str, names: list[str]) -> None:
    found = find_matching(tree, pattern)
    assert [file.relative_to(tree).as_posix() for file in found] == names


@pytest.mark.parametrize(
    ("pattern", "what"),
    [
        ("stakcs/**/*.yaml", "there is no stakcs"),
        ("nothing.yaml", "there is no nothing.yaml"),
        ("web.yaml/*", "web.yaml is a file, not a folder"),
        ("/etc/*.yaml", "is not relative"),
        ("~/x.yaml", "is not relative"),
        ("../*.yaml", "leaves the project file's folder"),
        ("stacks/../../x", "leaves the project file's folder"),
        ("!stacks/*.yaml", "excludes files"),
        ("*.{yaml,yml}", "braces"),
    ],
)
def test_what_cannot_be_a_pattern_is_told(tree: Path, pattern: str, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        find_matching(tree, pattern)


def test_a_circle_of_links_is_told_and_not_followed(tree: Path) -> None:
    (tree / "circle.yaml").symlink_to("circle.yaml")
    with pytest.raises(ValueError, match=r"circle\.yaml cannot be found"):
        find_matching(tree, "circle.yaml")


def test_a_link_out_of_the_folder_is_not_followed(tree: Path) -> None:
    (tree / "out").symlink_to(tree.parent)
    with pytest.raises(ValueError, match="outside"):
        find_matching(tree, "out/*.yaml")


@pytest.mark.parametrize("pattern", ["circle", "circle/*.yaml"])
def test_a_circle_of_links_is_told_and_no_bug(tree: Path, pattern: str) -> None:
    (tree / "circle").symlink_to("circle")
    with pytest.raises(ValueError, match=r"circle cannot be found|there is no circle"):
        find_matching(tree, pattern)


_PART = st.text(alphabet="ab.*?[]!-^&~|\\", min_size=1, max_size=6)


@given(st.lists(_PART, min_size=1, max_size=4), st.lists(st.text("ab.", min_size=1), max_size=5))
def test_no_part_of_a_pattern_but_two_stars_crosses_a_folder(
    parts: list[str], names: list[str]
) -> None:
    if _fits(names, _compile(parts)) and "**" not in parts:
        assert len(names) == len(parts)


@given(st.lists(st.sampled_from(["a", "b", "ab"]), min_size=1, max_size=4))
def test_two_stars_stand_for_any_number_of_folders(names: list[str]) -> None:
    path = [*names, "x.yaml"]
    for parts in (["**", "x.yaml"], ["**"], [*names, "**", "x.yaml"], ["**", "**", "*.yaml"]):
        assert _fits(path, _compile(parts))
    assert not _fits(path, _compile(["**", "y.yaml"]))
    assert not _fits(path, _compile([*names, "c", "**"]))


def test_a_hostile_pattern_takes_no_time() -> None:
    pattern = _compile([*["**", "a*"] * 50, "*a" * 60 + "b"])
    assert not _fits(["a" * 200] * 60, pattern)


def test_a_file_beside_another_is_read_and_none_outside_of_the_folder(repo: Path) -> None:
    write(repo / "in/a/values.yaml", "size: 4\n")
    write(repo / "secret.yaml", "size: 5\n")
    base = str(repo / "in/a/web.yaml")
    assert read_beside("values.yaml", base, repo / "in") == b"size: 4\n"
    assert read_beside("../a/values.yaml", base, repo / "in") == b"size: 4\n"
    (repo / "in/a/link.yaml").symlink_to(repo / "secret.yaml")
    for name, what in (
        ("../../secret.yaml", "is outside of the folder in"),
        ("link.yaml", "is outside of the folder in"),
        (str(repo / "in/a/values.yaml"), "is not a relative path"),
        ("nothing.yaml", "there is no file nothing.yaml"),
        ("../a", "is not a file"),
    ):
        with pytest.raises(ValueError, match=what):
            read_beside(name, base, repo / "in")


def test_a_name_that_places_would_take_for_another_file_is_refused(repo: Path) -> None:
    (repo / "deep/lib").mkdir(parents=True)
    (repo / "link").symlink_to("deep/lib")
    for name in ("other.yaml", "deep/other.yaml", "deep/lib/base.yaml"):
        (repo / name).write_text(f"notes: {name}\n", "utf-8")
    base = str(repo / "web.yaml")
    assert read_beside("link/base.yaml", base, repo) == b"notes: deep/lib/base.yaml\n"
    with pytest.raises(
        ValueError, match=r"leads through a link to a folder and back up, to .*deep"
    ):
        read_beside("../other.yaml", str(repo / "link/base.yaml"), repo)


def test_a_file_that_is_too_large_is_not_read(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ccloud_apply.project_files.MAX_STACK_BYTES", 4)
    write(repo / "values.yaml", "size: 4\n")
    with pytest.raises(ValueError, match="is larger than"):
        read_beside("values.yaml", str(repo / "web.yaml"), repo)
