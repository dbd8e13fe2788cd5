"""The recipe of the image and its scripts; `.ci/container` builds it and tries it."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from container import check
from container.labels import labels_of
from tests.conftest import ROOT
from tests.support.linters import lint

FOLDER = ROOT / "container"
RECIPES = (ROOT / "Containerfile", FOLDER / "atlantis.Containerfile")
SCRIPTS = (
    *(path for path in FOLDER.iterdir() if path.is_file() and not path.suffix),
    *(ROOT / ".ci" / name for name in ("container", "debian-root", "on-debian")),
)
WHEEL = "ccloud_apply-1.2.3-py3-none-any.whl"
HOME_BEFORE = re.compile(r'^REPOSITORY_URL = ".*"$', re.MULTILINE)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A checkout with what a build looks at, a wheel, and a folder of programs: `bin`."""
    tree = tmp_path / "tree"
    shutil.copytree(FOLDER, tree / "container", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("dist", "bin", "ccloud_apply"):
        (tree / name).mkdir()
    set_home(tree, "https://github.example/your-org/ccloud-apply")
    (tree / "dist" / WHEEL).touch()
    return tree


def set_home(tree: Path, address: str) -> None:
    """Let the tree be that of a project with this address."""
    text = (ROOT / "ccloud_apply" / "home.py").read_text()
    text = HOME_BEFORE.sub(f'REPOSITORY_URL = "{address}"', text)
    (tree / "ccloud_apply" / "home.py").write_text(text)


def write_program(tree: Path, name: str, *lines: str) -> None:
    path = tree / "bin" / name
    path.write_text("\n".join(("#!/bin/sh", *lines, "")))
    path.chmod(0o755)


def run(tree: Path, *command: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Runs a script of the tree; of programs it finds the tree's and those of the system."""
    return subprocess.run(
        [str(tree / command[0]), *command[1:]],
        env={"PATH": f"{tree / 'bin'}:/usr/bin:/bin", "ENGINE": "podman", **env},
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_recipes_are_clean() -> None:
    lint("hadolint", *map(str, RECIPES))


def test_the_scripts_of_the_recipe_are_clean_and_can_be_run() -> None:
    lint("shellcheck", *map(str, SCRIPTS))
    assert [path.name for path in SCRIPTS if not os.access(path, os.X_OK)] == []


def test_the_base_is_pinned_by_digest_where_an_updater_finds_it() -> None:
    bases = re.findall(r"^FROM (\S+)", RECIPES[0].read_text(), re.MULTILINE)
    assert re.fullmatch(r"docker\.io/library/debian:\w+-slim@sha256:[0-9a-f]{64}", bases[0])
    assert set(bases[1:]) == {"base"}


def test_the_image_runs_as_the_user_that_was_made_for_it() -> None:
    (user,) = re.findall(r"^USER (\S+)$", RECIPES[0].read_text(), re.MULTILINE)
    made = (FOLDER / "add-user").read_text()
    assert user == "1001:1001"
    assert "--uid 1001 --gid 1001" in made


def test_nothing_gets_into_a_build_but_what_the_image_is_made_of() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    first, *kept = [line for line in lines if line and not line.startswith("#")]
    assert first == "*"
    assert kept == ["!container/", "!dist/*.whl", "!requirements/all.txt"]
    used = {
        word
        for recipe in RECIPES
        for line in re.findall(r"^COPY (?!--from)(.*) \S+$", recipe.read_text(), re.MULTILINE)
        for word in line.split()
    }
    assert used == {"container/", "container/entrypoint", "requirements/", "dist/*.whl"}


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        (["plan", "."], "ccloud-apply plan .\n"),
        (["--help"], "ccloud-apply --help\n"),
        ([], "ccloud-apply \n"),
        (["sh", "-c", "echo script"], "script\n"),
        (["/bin/echo", "program"], "program\n"),
        (["ccloud-apply", "validate"], "ccloud-apply validate\n"),
    ],
)
def test_the_entrypoint_runs_a_command_of_ours_or_the_script_of_a_runner(
    tree: Path, arguments: list[str], printed: str
) -> None:
    write_program(tree, "ccloud-apply", 'echo "ccloud-apply $*"')
    assert run(tree, "container/entrypoint", *arguments).stdout == printed


def test_the_entrypoint_ends_as_the_script_does(tree: Path) -> None:
    assert run(tree, "container/entrypoint", "sh", "-c", "exit 7").returncode == 7


@pytest.mark.parametrize(
    ("engine", "expected"),
    [
        ("docker", "buildx build --file Containerfile --tag ccloud-apply LABELS --load"),
        ("podman", "build --file Containerfile --tag ccloud-apply LABELS"),
        ("buildah", "build --file Containerfile --tag ccloud-apply LABELS"),
    ],
)
def test_each_engine_is_called_as_it_wants_to_be(tree: Path, engine: str, expected: str) -> None:
    write_program(tree, engine, 'echo "$*"')
    ended = run(tree, "container/build", "--tag", "mine", ENGINE=engine)
    assert ended.returncode == 0, ended.stderr
    labels = f"--label org.opencontainers.image.version={WHEEL.split('-')[1]}"
    assert ended.stdout == f"{expected.replace('LABELS', labels)} --tag mine .\n"


@pytest.mark.parametrize(
    ("engine", "option"),
    [
        ("docker", "--build-context base=docker-image://mirror/debian:13"),
        ("podman", "--from mirror/debian:13"),
    ],
)
def test_another_base_is_named_as_the_engine_wants_it(tree: Path, engine: str, option: str) -> None:
    write_program(tree, engine, 'echo "$*"')
    ended = run(tree, "container/build", "--base", "mirror/debian:13", ENGINE=engine)
    assert f" {option} " in ended.stdout


def test_an_image_of_atlantis_has_a_recipe_and_a_name_of_its_own(tree: Path) -> None:
    write_program(tree, "podman", 'echo "$*"')
    said = run(tree, "container/build", "--atlantis").stdout
    assert "--file container/atlantis.Containerfile --tag atlantis-ccloud-apply" in said


def test_an_engine_that_does_not_work_is_not_used(tree: Path) -> None:
    write_program(tree, "docker", "exit 1")
    write_program(tree, "podman", "exit 0")
    assert run(tree, "container/engine", ENGINE="").stdout == "podman\n"


def test_an_engine_that_is_not_installed_is_told_before_anything_is_built(tree: Path) -> None:
    ended = run(tree, "container/build", "--tag", "mine", ENGINE="no-such-engine --remote")
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert "error: ENGINE names no-such-engine, which is not installed\nhint: " in ended.stderr


def test_a_machine_without_an_engine_is_told_what_is_missing(tree: Path) -> None:
    for name in ("docker", "podman", "buildah"):
        write_program(tree, name, "exit 1")
    ended = run(tree, "container/build", ENGINE="")
    assert ended.returncode == 1
    assert "neither docker nor podman nor buildah works" in ended.stderr


def test_several_wheels_are_an_error_that_names_them(tree: Path) -> None:
    (tree / "dist" / "ccloud_apply-1.2.4-py3-none-any.whl").touch()
    write_program(tree, "podman", 'echo "$*"')
    ended = run(tree, "container/build")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "1.2.3" in ended.stderr
    assert "1.2.4" in ended.stderr


def test_a_build_without_a_wheel_says_how_one_is_made(tree: Path) -> None:
    (tree / "dist" / WHEEL).unlink()
    ended = run(tree, "container/install-product", str(tree / "installed"))
    assert ended.returncode == 1
    assert "hint: container/build makes one" in ended.stderr


def test_labels_name_no_address_of_a_project_without_a_home(tree: Path) -> None:
    assert dict(labels_of(Path(WHEEL), tree)) == {"org.opencontainers.image.version": "1.2.3"}


def test_labels_name_the_home_and_the_commit(tree: Path) -> None:
    set_home(tree, "https://github.com/acme/it")
    git = ("git", "-c", "user.name=a", "-c", "user.email=a@example.com", "-C", str(tree))
    for arguments in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "x")):
        subprocess.run([*git, *arguments], check=True)
    commit = subprocess.check_output([*git, "rev-parse", "HEAD"], text=True).strip()
    labels = {name.rpartition(".")[2]: value for name, value in labels_of(Path(WHEEL), tree)}
    assert labels.pop("created")
    assert labels == {
        "version": "1.2.3",
        "revision": commit,
        "source": "https://github.com/acme/it",
        "url": "https://github.com/acme/it",
        "documentation": "https://acme.github.io/it/guides/container/",
    }


def test_a_check_of_the_image_that_does_not_hold_is_told_and_fails_the_trial(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def check_one_holds(_version: str) -> None:
        check.expect(True, "")

    def check_another_does_not(version: str) -> None:
        check.run("sh", "-c", f"echo it is {version}; exit 3")

    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("CCLOUD_WORK_DIR", "restored")
    monkeypatch.setattr(check, "CHECKS", (check_one_holds, check_another_does_not))
    assert check.main("1.2.3", is_guest=False) == 1
    told = capsys.readouterr().out
    assert "ok      one holds" in told
    assert "FAILED  another does not" in told
    assert "it is 1.2.3" in told
