"""The project's address is one constant, and one command moves all that repeats it."""

import shutil
import subprocess
from pathlib import Path

import pytest

from ccloud_apply import home
from release.home import move_home
from release.problems import ReleaseError
from tests.conftest import ROOT
from tests.support.git import run_git

NEW = "https://host.test/us/tool"
needs_git = pytest.mark.skipif(
    not (ROOT / ".git").exists(), reason="a source distribution has no history"
)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    run_git(tmp_path, "init", "--quiet")
    for name, text in {
        "SECURITY.md": f"{home.REPOSITORY_URL}/security {home.docs_url('ci')}\n",
        "ci.yml": f"uses: {home.repository_name()}@1234\n",
        "other.md": "Nothing of it.\n",
        "not-committed.md": home.REPOSITORY_URL,
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    constant = tmp_path / "ccloud_apply" / "home.py"
    constant.parent.mkdir()
    shutil.copy(ROOT / "ccloud_apply" / "home.py", constant)
    run_git(tmp_path, "add", "ccloud_apply", "SECURITY.md", "ci.yml", "other.md")
    return tmp_path


def test_the_address_is_written_wherever_a_committed_file_has_it(repository: Path) -> None:
    assert [path.name for path in move_home(repository, NEW)] == [
        "home.py",
        "SECURITY.md",
        "ci.yml",
    ]
    constant = (repository / "ccloud_apply" / "home.py").read_text(encoding="utf-8")
    assert f'REPOSITORY_URL = "{NEW}"\n' in constant
    assert (repository / "SECURITY.md").read_text(encoding="utf-8") == (
        f"{NEW}/security https://us.host.test/tool/ci/\n"
    )
    assert (repository / "ci.yml").read_text(encoding="utf-8") == "uses: us/tool@1234\n"
    assert (repository / "other.md").read_text(encoding="utf-8") == "Nothing of it.\n"
    assert (repository / "not-committed.md").read_text(encoding="utf-8") == home.REPOSITORY_URL


@pytest.mark.parametrize(
    "address",
    [
        *("", "host.test/us/tool", "http://host.test/us/tool", f"{NEW}/", f"{NEW}/more", "x"),
        *(f"{NEW}.git", f"{NEW}.", "https://host.test/../..", "https://host.test/-u/tool"),
    ],
)
def test_what_is_not_the_address_of_a_repository_is_refused(repository: Path, address: str) -> None:
    with pytest.raises(ReleaseError, match="is not an address such as https://"):
        move_home(repository, address)


def test_a_name_that_is_a_part_of_other_words_is_moved_as_a_whole_alone(repository: Path) -> None:
    move_home(repository, "https://host.test/a/b")
    words = "schema/base a/b-c a/bc a/b.c x-a/b at a/b, a/b. ghcr.io/a/b:1 https://host.test/a/b/c"
    (repository / "other.md").write_text(words, encoding="utf-8")
    move_home(repository, NEW)
    assert (repository / "other.md").read_text(encoding="utf-8") == (
        "schema/base a/b-c a/bc a/b.c x-a/b at us/tool, us/tool. ghcr.io/us/tool:1"
        " https://host.test/us/tool/c"
    )


@needs_git
def test_after_a_move_no_file_of_the_project_names_the_earlier_address(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    subprocess.run(["git", "clone", "--quiet", ROOT, copy], check=True)
    assert Path("ccloud_apply/home.py") in move_home(copy, NEW)
    earlier = ("-e", home.REPOSITORY_URL, "-e", home.docs_url())
    left = subprocess.run(
        ["git", "grep", "--files-with-matches", "--fixed-strings", *earlier, "--", ".", ":!tests"],
        cwd=copy,
        capture_output=True,
        text=True,
        check=False,
    )
    assert left.stdout.splitlines() == []
