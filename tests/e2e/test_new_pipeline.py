"""`new --pipeline` over the command: what is written where, and what never is."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from ccloud_apply import home
from ccloud_apply.workflows.new.pipeline_hosts import PIPELINE_HOSTS
from tests.conftest import RunCli
from tests.support.certificates import make_certificate, serve_tls
from tests.support.git import run_git
from tests.support.loopback import files_of, serve

COMMIT = "0123456789abcdef0123456789abcdef01234567"
SOURCE = "https://git.example.org/acme/ccloud-apply"
TAKEN = ("--source", SOURCE, "--commit", COMMIT)
BLANKS = ("HOME_HOST", "HOME_OWNER", "HOME_NAME", "HOME_VERSION", "STACKS_FOLDER", "DEFAULT_BRANCH")
HOSTS = sorted(PIPELINE_HOSTS)
VERSION = "1.2.3"


@pytest.fixture(autouse=True)
def _release(monkeypatch: pytest.MonkeyPatch) -> None:
    """This is a release of a project without a home, whatever the checkout is."""
    monkeypatch.setattr("ccloud_apply.cli.new_pipeline.__version__", VERSION)
    monkeypatch.setattr(home, "REPOSITORY_URL", "https://github.example/your-org/ccloud-apply")


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """The folder of a new repository."""
    folder = tmp_path / "repository"
    folder.mkdir()
    run_git(folder, "init", "--quiet")
    return folder


def files(folder: Path) -> dict[str, str]:
    """Every file of the repository, by its path."""
    found = (path for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_text() for path in found}


@pytest.mark.parametrize("host", HOSTS)
def test_no_blank_is_left_and_the_commit_is_in_it(call_cli: RunCli, top: Path, host: str) -> None:
    ended = call_cli("new", "--pipeline", host, str(top), *TAKEN, "--nightly")
    assert (ended.code, ended.err) == (0, "")
    text = "\n".join(files(top).values())
    assert COMMIT in text
    assert not [blank for blank in (*BLANKS, "0" * 40) if blank in text]


@pytest.mark.parametrize("host", HOSTS)
def test_every_file_is_told_and_a_second_run_changes_none(
    call_cli: RunCli, top: Path, host: str
) -> None:
    ended = call_cli("new", "--pipeline", host, str(top), *TAKEN)
    written = files(top)
    assert [f"Wrote {name}." for name in sorted(written)] == sorted(
        line for line in ended.out.splitlines() if line.startswith("Wrote")
    )
    again = call_cli("new", "--pipeline", host, str(top), *TAKEN)
    assert again.code == 0
    assert "Wrote" not in again.out
    assert files(top) == written


def test_one_file_alone_names_where_ccloud_apply_comes_from(call_cli: RunCli, top: Path) -> None:
    assert call_cli("new", "--pipeline", "github", str(top), *TAKEN, "--nightly").code == 0
    named = [name for name, text in files(top).items() if "acme" in text or COMMIT in text]
    assert named == [".github/actions/ccloud-apply/action.yml"]
    text = (top / named[0]).read_text()
    assert f"      uses: acme/ccloud-apply@{COMMIT} # v{VERSION}\n" in text


def test_the_folder_of_stacks_and_the_branch_are_those_that_are_given(
    call_cli: RunCli, top: Path
) -> None:
    flags = ("--stacks", "infra/stacks/", "--branch", "release/1.x")
    assert call_cli("new", "--pipeline", "github", str(top), *TAKEN, *flags).code == 0
    found = files(top)
    assert '    default: "infra/stacks"\n' in found[".github/actions/ccloud-apply/action.yml"]
    apply = found[".github/workflows/ccloud-apply.yml"]
    assert 'branches: ["release/1.x"]' in apply
    assert '"infra/stacks/**"' in apply


@pytest.mark.parametrize("host", ["github", "gitea"])
@pytest.mark.parametrize("name", ["1.10", "on", "0x1f"])
def test_names_that_yaml_reads_as_something_else_stay_what_they_are(
    call_cli: RunCli, top: Path, host: str, name: str
) -> None:
    flags = ("--stacks", name, "--branch", name)
    assert call_cli("new", "--pipeline", host, str(top), *TAKEN, *flags).code == 0
    workflow = yaml.safe_load((top / f".{host}/workflows/ccloud-apply.yml").read_text())
    assert workflow[True]["push"]["branches"] == [name]  # YAML's `on`
    if host == "github":
        assert workflow["jobs"]["apply"]["steps"][0]["with"]["ref"] == name
    action = yaml.safe_load((top / f".{host}/actions/ccloud-apply/action.yml").read_text())
    assert action["inputs"]["paths"]["default"] == name


def test_the_nightly_apply_is_written_on_demand_alone(call_cli: RunCli, top: Path) -> None:
    nightly = top / ".github/workflows/ccloud-nightly.yml"
    assert call_cli("new", "--pipeline", "github", str(top), *TAKEN).code == 0
    assert not nightly.exists()
    assert call_cli("new", "--pipeline", "github", str(top), *TAKEN, "--nightly").code == 0
    assert nightly.exists()


def test_a_file_that_says_something_else_stays_and_none_is_written(
    call_cli: RunCli, top: Path
) -> None:
    mine = top / ".github/workflows/ccloud-plan.yml"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    ended = call_cli("new", "--pipeline", "github", str(top), *TAKEN)
    assert (ended.code, ended.out) == (1, "")
    assert ".github/workflows/ccloud-plan.yml exists already: no file was written" in ended.err
    assert files(top) == {".github/workflows/ccloud-plan.yml": "mine"}


def test_a_link_that_leads_nowhere_is_in_the_way_too(call_cli: RunCli, top: Path) -> None:
    (top / ".github/workflows").mkdir(parents=True)
    (top / ".github/workflows/ccloud-drift.yml").symlink_to(top / "elsewhere")
    ended = call_cli("new", "--pipeline", "github", str(top), *TAKEN)
    assert ended.code == 1
    assert "ccloud-drift.yml exists already" in ended.err
    assert files(top) == {}


def test_a_file_that_a_repository_has_for_other_reasons_is_left_with_advice(
    call_cli: RunCli, top: Path
) -> None:
    (top / ".github").mkdir()
    (top / ".github/dependabot.yml").write_text("version: 2\nupdates: []\n")
    ended = call_cli("new", "--pipeline", "github", str(top), *TAKEN)
    assert ended.code == 0
    assert (
        "Left .github/dependabot.yml as it is: add /.github/actions/ccloud-apply to its"
        " directories:\n\n" in ended.out
    )
    assert files(top)[".github/dependabot.yml"] == "version: 2\nupdates: []\n"


def test_a_project_without_a_home_names_no_release_for_a_pipeline(
    call_cli: RunCli, top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home, "REPOSITORY_URL", "https://host.example/owner/name")
    ended = call_cli("new", "--pipeline", "github", str(top), "--commit", COMMIT)
    assert ended.code == 1
    assert "does not know where it is published: REPOSITORY_URL" in ended.err
    assert "with --commit COMMIT" in ended.err
    assert files(top) == {}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--source", "git@host:acme/x.git", "--commit", COMMIT), "--source: git@host:acme/x.git"),
        (("--source", "https://h/a", "--commit", COMMIT), "https://HOST/OWNER/NAME"),
        (("--source", "https://h/a/b/c", "--commit", COMMIT), "repository of GitHub Actions"),
        (("--source", SOURCE, "--commit", "abc"), "not a whole commit"),
        ((*TAKEN, "--stacks", "../else"), "--stacks: ../else is not a folder of the repository"),
        ((*TAKEN, "--stacks", "a b"), "--stacks: a b is not a folder"),
        ((*TAKEN, "--branch", "a]"), "--branch: a] is not a branch's name"),
        ((*TAKEN, "--project"), "--project and --pipeline exclude each other"),
        ((*TAKEN, "--stack", "web"), "leave out --pipeline to write a stack file"),
        ((*TAKEN, "--cores", "2"), "leave out --pipeline to write a stack file"),
    ],
)
def test_what_cannot_be_is_an_error_with_a_way_out_and_no_file(
    call_cli: RunCli, top: Path, arguments: tuple[str, ...], words: str
) -> None:
    ended = call_cli("new", "--pipeline", "github", str(top), *arguments)
    assert (ended.code, ended.out) == (1, "")
    assert words in ended.err
    assert files(top) == {}


def test_its_flags_mean_nothing_without_it(call_cli: RunCli) -> None:
    ended = call_cli("new", "--nightly", "--branch", "main")
    assert ended.code == 1
    assert "--branch, --nightly are for --pipeline alone" in ended.err


def test_a_folder_inside_of_a_repository_is_refused_with_the_right_one(
    call_cli: RunCli, top: Path
) -> None:
    (top / "infra").mkdir()
    given = ("--pipeline", "github", "--nightly", "--branch", "live", *TAKEN)
    ended = call_cli("new", *given, str(top / "infra"))
    assert ended.code == 1
    (command,) = re.findall(r"hint: ccloud-apply (.+)", ended.err)
    assert command.endswith(f"--pipeline github {top}")
    written = call_cli(*shlex.split(command))
    assert written.code == 0
    place = shlex.quote(str(top / "stacks"))
    assert f"mkdir -p {place} && ccloud-apply new {place}/web.yaml" in written.out
    assert "ccloud-nightly" in "".join(files(top))
    assert 'branches: ["live"]' in files(top)[".github/workflows/ccloud-apply.yml"]
    again = call_cli("new", *given, str(top))
    assert (again.code, again.out.count("is up to date.")) == (0, len(files(top)))
    assert call_cli("new", "--pipeline", "github", str(top / "none"), *TAKEN).code == 1


# The commit of a release, asked for.


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Path]]:
    """A repository over https, which Git trusts, and its folder."""
    web = tmp_path / "web"
    bare = web / "acme" / "ccloud-apply"
    bare.mkdir(parents=True)
    run_git(bare, "init", "--quiet")
    run_git(bare, "commit", "--quiet", "--allow-empty", "--message", "first")
    certificate = make_certificate(tmp_path)
    monkeypatch.setenv("GIT_SSL_CAINFO", str(tmp_path / "cert.pem"))
    with serve(files_of(web), host="localhost", tls=serve_tls(certificate)) as address:
        yield f"{address}/acme/ccloud-apply", bare


@pytest.mark.parametrize("how", [(), ("--annotate", "--message", "a release")])
def test_the_commit_behind_the_tag_of_this_version_is_pinned(
    call_cli: RunCli,
    top: Path,
    published: tuple[str, Path],
    how: tuple[str, ...],
) -> None:
    source, bare = published
    run_git(bare, "tag", *how, f"v{VERSION}")
    commit = run_git(bare, "rev-parse", "HEAD")
    run_git(bare, "commit", "--quiet", "--allow-empty", "--message", "later")
    run_git(bare, "update-server-info")
    # A server of files alone has the repository in `.git`.
    (bare / "info").symlink_to(bare / ".git" / "info")
    for name in ("HEAD", "objects", "refs"):
        (bare / name).symlink_to(bare / ".git" / name)
    ended = call_cli("new", "--pipeline", "github", str(top), "--source", source)
    assert ended.code == 0, ended.err
    assert f"uses: acme/ccloud-apply@{commit} # v{VERSION}\n" in "".join(files(top).values())


def test_a_repository_without_the_tag_or_that_cannot_be_read_is_told(
    call_cli: RunCli, top: Path, published: tuple[str, Path]
) -> None:
    source, bare = published
    run_git(bare, "update-server-info")
    (bare / "info").symlink_to(bare / ".git" / "info")
    (bare / "HEAD").symlink_to(bare / ".git" / "HEAD")
    ended = call_cli("new", "--pipeline", "github", str(top), "--source", source)
    assert ended.code == 1
    assert f"{source} has no tag v{VERSION}" in ended.err
    assert "--commit COMMIT" in ended.err
    missing = source.replace("acme", "nobody")
    ended = call_cli("new", "--pipeline", "github", str(top), "--source", missing)
    assert ended.code == 1
    assert f"{missing} cannot be read: " in ended.err
    assert files(top) == {}


def test_between_two_releases_the_commit_has_to_be_named(
    call_cli: RunCli, top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ccloud_apply.cli.new_pipeline.__version__", "1.2.4.dev3+g0123456")
    ended = call_cli("new", "--pipeline", "github", str(top), "--source", SOURCE)
    assert ended.code == 1
    assert "ccloud-apply 1.2.4.dev3+g0123456 is not a release" in ended.err
    assert "--commit COMMIT" in ended.err


def test_the_environment_of_the_nightly_apply_is_to_be_limited_to_a_branch(
    call_cli: RunCli, top: Path
) -> None:
    words = "environment ccloud-nightly"
    assert words not in call_cli("new", "--pipeline", "github", str(top), *TAKEN).out
    ended = call_cli("new", "--pipeline", "github", str(top), *TAKEN, "--nightly")
    assert words in ended.out
    assert "limit that environment to the default branch" in ended.out


@pytest.mark.parametrize(
    ("folder", "words"),
    [
        (".forgejo/workflows", ".forgejo/workflows exists: Forgejo then ignores .gitea"),
        (".github/workflows", ".github/workflows exists: it is ignored now that .gitea"),
    ],
)
def test_workflows_of_another_folder_that_would_not_run_are_told(
    call_cli: RunCli, top: Path, folder: str, words: str
) -> None:
    (top / folder).mkdir(parents=True)
    assert words in call_cli("new", "--pipeline", "gitea", str(top), *TAKEN).out
    assert words not in call_cli("new", "--pipeline", "github", str(top), *TAKEN).out


def test_where_a_folder_cannot_be_made_no_file_is_written(call_cli: RunCli, top: Path) -> None:
    (top / ".github").mkdir()
    (top / ".github" / "workflows").write_text("not a folder")
    ended = call_cli("new", "--pipeline", "github", str(top), *TAKEN)
    assert ended.code == 1
    assert "workflows cannot be made: File exists: no file was written" in ended.err
    assert list(files(top)) == [".github/workflows"]


# The branch that is applied.


def branch_of(top: Path) -> str:
    """The branch that the written pipeline applies."""
    workflow = yaml.safe_load((top / ".github/workflows/ccloud-apply.yml").read_text())
    (branch,) = workflow[True]["push"]["branches"]
    return str(branch)


def test_the_branch_of_a_repository_without_a_commit_is_applied(
    call_cli: RunCli, top: Path
) -> None:
    run_git(top, "symbolic-ref", "HEAD", "refs/heads/trunk")
    ended = call_cli("new", "--pipeline", "github", str(top), *TAKEN)
    assert (ended.code, branch_of(top)) == (0, "trunk")
    assert "The branch that is applied is trunk.\n" in ended.out


def test_the_only_branch_of_a_repository_is_applied(call_cli: RunCli, top: Path) -> None:
    run_git(top, "commit", "--quiet", "--allow-empty", "--message", "first")
    run_git(top, "branch", "--move", "team/trunk")
    ended = call_cli("new", "--pipeline", "github", str(top), *TAKEN)
    assert (ended.code, branch_of(top)) == (0, "team/trunk")


def test_the_default_branch_of_the_host_is_applied(call_cli: RunCli, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    run_git(theirs, "init", "--quiet", "--initial-branch", "master")
    run_git(theirs, "commit", "--quiet", "--allow-empty", "--message", "first")
    run_git(theirs, "branch", "main")
    run_git(tmp_path, "clone", "--quiet", str(theirs), "mine")
    run_git(tmp_path / "mine", "checkout", "--quiet", "-b", "change")
    ended = call_cli("new", "--pipeline", "github", str(tmp_path / "mine"), *TAKEN)
    assert (ended.code, branch_of(tmp_path / "mine")) == (0, "master")


def test_a_repository_whose_default_branch_is_not_known_has_to_name_it(
    call_cli: RunCli, top: Path
) -> None:
    run_git(top, "commit", "--quiet", "--allow-empty", "--message", "first")
    run_git(top, "branch", "--move", "change")
    run_git(top, "branch", "trunk")
    ended = call_cli("new", "--pipeline", "github", str(top), *TAKEN)
    assert (ended.code, files(top)) == (1, {})
    assert "the repository has no branch main" in ended.err
    assert "--branch NAME" in ended.err
    assert call_cli("new", "--pipeline", "gitlab", str(top), *TAKEN).code == 0


# What starts the pipeline.


def started_by(top: Path) -> list[str]:
    """The paths that start an apply."""
    workflow = yaml.safe_load((top / ".github/workflows/ccloud-apply.yml").read_text())
    paths: list[str] = workflow[True]["push"]["paths"]
    return paths


def write(top: Path, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(text)


def test_the_project_file_of_stacks_in_a_subfolder_starts_the_pipeline(
    call_cli: RunCli, top: Path
) -> None:
    flags = ("--stacks", "teams/shop/stacks", "--watch", "teams/shop/env")
    assert call_cli("new", "--pipeline", "github", str(top), *TAKEN, *flags).code == 0
    assert started_by(top) == [
        "teams/shop/stacks/**",
        "teams/shop/env/**",
        "teams/shop/ccloud-apply.yaml",
        "teams/ccloud-apply.yaml",
        *("env/**", "*.yaml", "*.yml"),
    ]


def test_what_the_stacks_are_made_of_today_starts_the_pipeline(call_cli: RunCli, top: Path) -> None:
    write(
        top,
        {
            "stacks/web.yaml": "stack: web\nextends: ../shared/base.yaml\n",
            "shared/base.yaml": "extends: ../base.yaml\n",
            "base.yaml": "variables: {size: 2}\n",
            "ccloud-apply.yaml": (
                "project: shop\nenvironments: {prod: {var_files: [sizes/prod.yaml]}}\n"
            ),
            "sizes/prod.yaml": "size: 4\n",
        },
    )
    ended = call_cli("new", "--pipeline", "github", str(top), *TAKEN)
    assert ended.code == 0
    assert "A change of these starts it too: shared/, sizes/.\n" in ended.out
    assert started_by(top) == ["stacks/**", "shared/**", "sizes/**", "env/**", "*.yaml", "*.yml"]
    plan = (top / ".github/workflows/ccloud-plan.yml").read_text()
    assert "options: --watched=stacks,shared,sizes,env,*.yaml,*.yml\n" in plan
    assert "            stacks shared sizes env ':(glob)*.y*ml' " in plan
    again = call_cli("new", "--pipeline", "github", str(top), *TAKEN)
    assert (again.code, "Wrote" in again.out) == (0, False)


def test_stacks_with_a_mistake_are_no_hindrance(call_cli: RunCli, top: Path) -> None:
    write(top, {"stacks/web.yaml": "stack: [\n"})
    assert call_cli("new", "--pipeline", "github", str(top), *TAKEN).code == 0
    assert started_by(top)[0] == "stacks/**"


def test_a_path_that_no_pipeline_can_watch_is_told(call_cli: RunCli, top: Path) -> None:
    ended = call_cli("new", "--pipeline", "github", str(top), *TAKEN, "--watch", "../else")
    assert (ended.code, files(top)) == (1, {})
    assert "../else/ cannot start a pipeline" in ended.err
