"""What stops a release is told at once, with the way out of each."""

import shutil
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

import release.__main__ as command
from ccloud_apply import home
from release import check
from release.assemble import assemble
from release.problems import ReleaseError
from release.rehearse import next_version, rehearse
from release.version import Version
from tests.conftest import ROOT
from tests.support.git import run_git

HOME = "https://host.test/owner/name"
FIRST = Version(0, 1, 0)
CUT = "# Changelog\n\n## Unreleased\n\n## 0.1.0 - 2027-01-02\n\n- A plan.\n"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository that has a home, and a changelog that is cut for 0.1.0."""
    root = tmp_path / "repository"
    root.mkdir()
    monkeypatch.setattr(home, "REPOSITORY_URL", HOME)
    monkeypatch.setattr(command, "ROOT", root)
    run_git(root, "init", "--quiet")
    commit(root, "CHANGELOG.md", CUT)
    return root


def commit(root: Path, name: str, text: str) -> None:
    (root / name).write_text(text, encoding="utf-8")
    run_git(root, "add", "--all")
    run_git(root, "commit", "--quiet", "--message", f"Write {name}")


def problems(root: Path, version: Version = FIRST) -> Sequence[str]:
    return check.find_problems(root, version, branch="main")


def test_a_tagged_commit_of_the_branch_whose_changelog_is_cut_can_be_released(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_git(repository, "tag", "v0.1.0")
    assert problems(repository) == []
    assert command.main(["check", "v0.1.0"]) == 0
    assert capsys.readouterr().out == "v0.1.0 can be released\n"


def test_an_annotated_tag_counts_as_its_commit(repository: Path) -> None:
    run_git(repository, "tag", "--annotate", "--message", "First", "v0.1.0")
    assert problems(repository) == []


def test_everything_that_is_wrong_is_told_at_once(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(home, "REPOSITORY_URL", "https://host.example/owner/name")
    run_git(repository, "tag", "v0.1.0")
    run_git(repository, "switch", "--quiet", "--create", "other")
    commit(repository, "CHANGELOG.md", CUT.replace("Unreleased\n", "Unreleased\n\n- Late.\n"))
    (repository / "CHANGELOG.md").write_text(
        (repository / "CHANGELOG.md").read_text(encoding="utf-8") + "- Not committed.\n",
        encoding="utf-8",
    )
    assert command.main(["check", "v0.1.0"]) == 1
    told = capsys.readouterr().err.splitlines()
    for line, words in zip(
        told,
        [
            "error: the project has no address yet: run `python -m release home",
            "error: v0.1.0 is the commit ",
            "error: files differ from the commit: CHANGELOG.md",
            " is not a commit of main",
            "there are still unreleased changes: run `python -m release cut 0.1.0`",
        ],
        strict=True,
    ):
        assert words in line


def test_a_file_that_no_commit_has_stops_a_release_and_its_build(
    repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_git(repository, "tag", "v0.1.0")
    (repository / ".gitignore").write_text("ignored\n", encoding="utf-8")
    run_git(repository, "add", ".gitignore")
    run_git(repository, "commit", "--quiet", "--amend", "--no-edit")
    run_git(repository, "tag", "--force", "v0.1.0")
    (repository / "ignored").touch()
    assert problems(repository) == []
    (repository / "credentials").touch()
    told = (
        "files are not committed, but a build would include them: credentials:"
        " commit, ignore or remove them"
    )
    assert problems(repository) == [told]
    out = tmp_path / "files"
    assert command.main(["assemble", "v0.1.0", "--out", str(out)]) == 1
    assert capsys.readouterr().err == f"error: {told}\n"
    assert not out.exists()


def test_a_candidate_of_what_is_released_is_too_late(repository: Path) -> None:
    candidate, older = Version(0, 1, 0, 1), Version(0, 0, 9, 1)
    run_git(repository, "tag", candidate.tag)
    run_git(repository, "tag", older.tag)
    assert problems(repository, candidate) == []
    commit(repository, "CHANGELOG.md", CUT.replace("Unreleased\n", "Unreleased\n\n- Late.\n"))
    run_git(repository, "tag", "--force", older.tag)
    assert problems(repository, older) == [
        "CHANGELOG.md: 0.0.9rc1 is older than 0.1.0, which is the newest version"
    ]
    run_git(repository, "tag", "--force", candidate.tag)
    run_git(repository, "tag", "v0.1.0")
    assert problems(repository, candidate) == [
        "0.1.0 is already released (tag v0.1.0), so 0.1.0rc1 cannot be"
    ]


def test_a_tag_that_is_not_there_is_told_with_the_command_that_makes_it(repository: Path) -> None:
    assert problems(repository) == ["the tag v0.1.0 does not exist: git tag --sign v0.1.0"]


def test_a_branch_that_is_not_here_is_told_beside_the_rest(repository: Path) -> None:
    run_git(repository, "branch", "--move", "other")
    assert problems(repository) == [
        "the tag v0.1.0 does not exist: git tag --sign v0.1.0",
        "the branch main does not exist in this clone: fetch it, or name another one, such as"
        " --branch origin/main",
    ]


@pytest.mark.parametrize(
    "words",
    [
        ["check", "v0.1.0"],
        ["cut", "0.2.0"],
        ["assemble", "v0.1.0", "--out", "out"],
        ["rehearse"],
        ["home", "https://host.test/us/tool"],
    ],
)
@pytest.mark.parametrize("is_inside", [False, True])
def test_an_archive_without_git_is_told_and_left_as_it_is(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    is_inside: bool,
) -> None:
    if is_inside:
        run_git(tmp_path, "init", "--quiet")
    root = tmp_path / "archive"
    (root / "ccloud_apply").mkdir(parents=True)
    (root / "CHANGELOG.md").write_text(CUT, encoding="utf-8")
    shutil.copy(ROOT / "ccloud_apply" / "home.py", root / "ccloud_apply")
    before = read_files(root)
    monkeypatch.setattr(command, "ROOT", root)
    monkeypatch.chdir(tmp_path)
    assert command.main(words) == 1
    assert capsys.readouterr().err == (
        f"error: {root} is not a clone of the repository: run the command in one\n"
    )
    assert read_files(root) == before
    assert not (tmp_path / "out").exists()


def read_files(root: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_without_git_a_sentence_says_so(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(repository))
    assert command.main(["check", "v0.1.0"]) == 1
    assert capsys.readouterr().err.startswith("error: git is not installed")


TWO = CUT.replace("## 0.1.0", "## 0.2.0 - 2027-03-01\n\n- Later.\n\n## 0.1.0")


@pytest.mark.parametrize("options", [["--no-tags"], ["--depth=1"]])
@pytest.mark.parametrize("words", [["cut", "0.2.0"], ["rehearse"]])
def test_where_tags_are_missing_no_released_version_is_taken_for_one_that_is_to_come(
    repository: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    words: list[str],
) -> None:
    run_git(repository, "tag", "v0.1.0")
    text = TWO.replace("Unreleased\n", "Unreleased\n\n- New.\n")
    commit(repository, "CHANGELOG.md", text)
    run_git(repository, "tag", "v0.2.0", "HEAD~0")
    commit(repository, "README.md", "More.\n")
    copy = tmp_path / "copy"
    run_git(tmp_path, "clone", "--quiet", *options, f"file://{repository}", str(copy))
    monkeypatch.setattr(command, "ROOT", copy)
    assert command.main(words) == 1
    assert " --tags\n" in capsys.readouterr().err
    assert (copy / "CHANGELOG.md").read_text(encoding="utf-8") == text


def test_right_after_a_release_a_rehearsal_says_what_is_missing(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_git(repository, "tag", "v0.1.0")
    assert command.main(["rehearse"]) == 1
    assert capsys.readouterr().err == (
        "error: CHANGELOG.md: there are no unreleased changes, so 0.1.1 cannot be rehearsed:"
        " describe the changes under `## Unreleased`, and commit\n"
    )


def test_a_rehearsal_says_what_no_commit_has(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_git(repository, "tag", "v0.1.0")
    (repository / "CHANGELOG.md").write_text("Mine.\n" + CUT, encoding="utf-8")
    assert command.main(["rehearse", "0.3.0"]) == 1
    assert "not rehearsed: files differ from the commit: CHANGELOG.md" in capsys.readouterr().out


def test_files_are_made_of_the_commit_of_the_tag_alone(repository: Path, tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match=r"the tag v0\.1\.0 does not exist"):
        assemble(repository, FIRST, tmp_path / "out", print)
    run_git(repository, "tag", "v0.1.0")
    commit(repository, "README.md", "More.\n")
    with pytest.raises(ReleaseError, match=r"v0\.1\.0 is the commit "):
        assemble(repository, FIRST, tmp_path / "out", print)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("is_there", [False, True])
def test_files_that_cannot_be_made_leave_the_folder_as_it_was(
    repository: Path, tmp_path: Path, is_there: bool
) -> None:
    run_git(repository, "tag", "v0.1.0")
    out = tmp_path / "out"
    if is_there:
        out.mkdir()
    with pytest.raises(ReleaseError, match="failed"):
        assemble(repository, FIRST, out, print)  # there is no pyproject.toml
    assert out.exists() is is_there
    assert not is_there or not list(out.iterdir())


def test_a_day_that_does_not_exist_is_refused_with_an_example_of_one(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        command.main(["cut", "0.2.0", "--date", "2027-02-30"])
    assert "2027-02-30 is not a date: write it as 2027-01-31" in capsys.readouterr().err


def test_a_version_without_a_section_is_told_with_the_command_that_makes_it(
    repository: Path,
) -> None:
    run_git(repository, "tag", "v0.2.0")
    assert problems(repository, Version(0, 2, 0)) == [
        "CHANGELOG.md: there is no section for 0.2.0: run `python -m release cut 0.2.0`"
    ]


def test_an_older_version_is_not_released_after_a_newer_one(repository: Path) -> None:
    newer = CUT.replace("## 0.1.0", "## 0.2.0 - 2027-03-01\n\n- Later.\n\n## 0.1.0")
    commit(repository, "CHANGELOG.md", newer)
    run_git(repository, "tag", "v0.1.0")
    assert problems(repository) == ["CHANGELOG.md: 0.1.0 is not the newest version"]


def test_a_candidate_needs_no_section_of_its_own(repository: Path) -> None:
    commit(repository, "CHANGELOG.md", "# Changelog\n\n## Unreleased\n\n- Soon.\n")
    run_git(repository, "tag", "v0.1.0rc1")
    assert problems(repository, Version(0, 1, 0, 1)) == []


def test_a_tag_of_another_form_is_refused_before_anything_is_read(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        command.main(["check", "0.1.0"])
    assert "write v1.2.3" in capsys.readouterr().err


def test_cutting_writes_the_file_with_the_day_of_today_or_another_one(repository: Path) -> None:
    commit(repository, "CHANGELOG.md", "# Changelog\n\n## Unreleased\n\n- Soon.\n")
    before = datetime.now(UTC).date()
    assert command.main(["cut", "0.1.0"]) == 0
    written = check.read_changelog(repository).released[0]
    assert before <= written.day <= datetime.now(UTC).date()
    run_git(repository, "checkout", "--quiet", "CHANGELOG.md")
    assert command.main(["cut", "0.1.0", "--date", "2027-01-02"]) == 0
    assert check.read_changelog(repository).released[0].day == date(2027, 1, 2)


def test_a_version_that_is_tagged_is_not_cut_again(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_git(repository, "tag", "v0.1.0")
    assert command.main(["cut", "0.1.0"]) == 1
    assert "cut the next version" in capsys.readouterr().err
    assert (repository / "CHANGELOG.md").read_text(encoding="utf-8") == CUT


def test_notes_are_printed_with_the_addresses_of_the_home(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    commit(repository, "CHANGELOG.md", CUT.replace("A plan.", "A [plan](docs/plan.md)."))
    assert command.main(["notes", "0.1.0"]) == 0
    assert capsys.readouterr().out == f"- A [plan]({HOME}/blob/v0.1.0/docs/plan.md).\n"


def test_a_rehearsal_takes_the_version_that_is_cut_and_after_its_tag_the_next_one(
    repository: Path,
) -> None:
    assert next_version(repository) == FIRST
    run_git(repository, "tag", "v0.1.0")
    assert next_version(repository) == Version(0, 1, 1)


def test_a_rehearsal_of_what_is_released_is_refused(repository: Path, tmp_path: Path) -> None:
    run_git(repository, "tag", "v0.1.0")
    with pytest.raises(ReleaseError, match="name another version"):
        rehearse(repository, FIRST, tmp_path / "out", print)
    assert not (tmp_path / "out").exists()


def test_a_folder_that_holds_something_is_never_written_to(
    repository: Path, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").touch()
    with pytest.raises(ReleaseError, match="is not empty"):
        rehearse(repository, FIRST, tmp_path / "out", lambda _: None)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine.txt"]
