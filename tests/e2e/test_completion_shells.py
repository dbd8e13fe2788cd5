"""Completion in real shells: a line is typed on a terminal, and TAB pressed.

fish is asked by its own `complete -C`, which runs all but the keys.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from ccloud_apply.cli.completion import __file__ as package
from tests.conftest import ROOT
from tests.support.shells import Shell, find_shell, offered_by_fish, start_shell

SCRIPTS = Path(package).parent / "scripts"
SHELLS = ("bash", "zsh")

LINES: Mapping[str, tuple[str, ...]] = {
    "ccloud-apply vali": ("validate",),
    "ccloud-apply fleet migr": ("fleet", "migrate"),
    "ccloud-apply plan --detailed": ("plan", "--detailed-exitcode"),
    "ccloud-apply plan --format ju": ("plan", "--format", "ju"),
    "ccloud-apply drift --format ju": ("drift", "--format", "junit"),
    "ccloud-apply drift --format=ju": ("drift", "--format=junit"),
    "ccloud-apply catalog ro": ("catalog", "rollouts"),
    "ccloud-apply --env st": ("--env", "staging"),
    "ccloud-apply plan --target front": ("plan", "--target", "frontend"),
    "ccloud-apply explain vs": ("explain", "vs10042"),
    "ccloud-apply fleet status account:of": ("fleet", "status", "account:office"),
    "ccloud-apply api resize_server_d": ("api", "resize_server_disk"),
    "ccloud-apply plan 'my stacks/w": ("plan", "my stacks/we b.yaml"),
    "ccloud-apply plan my\\ stacks/w": ("plan", "my stacks/we b.yaml"),
    "ccloud-apply plan ~/only.y": ("plan", "{home}/only.yml"),
    "ccloud-apply apply no": ("apply", "notes.txt"),
    "ccloud-apply plan --out=no": ("plan", "--out=notes.txt"),
    "ccloud-apply plan --write html=no": ("plan", "--write", "html=notes.txt"),
    "ccloud-apply plan --out empty/": ("plan", "--out", "empty/"),
    "ccloud-apply plan 'my stacks' --target front": ("plan", "my stacks", "--target", "frontend"),
}
"""Lines, and the words after the program's that one TAB makes of them."""

UNFINISHED = {"ccloud-apply plan --format ju", "ccloud-apply plan --out empty/"}
"""Lines of which nothing more can be made."""

BROKEN: Mapping[str, tuple[str, ...]] = {
    "ccloud-apply apply pl:": ("apply", "pl:an=x.out"),
    "ccloud-apply apply pl:an=": ("apply", "pl:an=x.out"),
    "ccloud-apply plan --out=pl:an=": ("plan", "--out=pl:an=x.out"),
    "ccloud-apply apply 'pl:an=": ("apply", "pl:an=x.out"),
}
"""Lines within a name that bash takes for several words."""

GOES_ON: Mapping[str, tuple[str, ...]] = {
    "ccloud-apply apply --allow create,up": ("apply", "--allow", "create,updateX"),
    "ccloud-apply plan --write ht": ("plan", "--write", "html=X"),
    "ccloud-apply api resize_server_memory -p ho": (
        *("api", "resize_server_memory", "-p", "hostname=X"),
    ),
    "ccloud-apply vali": ("validate", "X"),
}
"""The same, with an X typed behind it: no space comes where something may follow in the word."""


PATIENT = """\
from ccloud_apply.__main__ import main
from ccloud_apply.cli.completion import answer

answer.LIMIT_S = 60
main()
"""


def require(shell: str) -> None:
    """Skip where the shell is missing, but in CI, where it is not to be."""
    if find_shell(shell) is None:
        assert "CI" not in os.environ, f"{shell} is missing: .ci/tools installs it"
        pytest.skip(f"{shell} is not installed")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with stacks, and with names that have to be quoted."""
    folder = tmp_path_factory.mktemp("shells")
    (folder / ".git").mkdir()
    (folder / "empty").mkdir()
    for name, text in {
        "ccloud-apply.yaml": 'project: p\nstacks: ["my stacks"]\nenvironments: {staging: {}}\n',
        "my stacks/we b.yaml": "stack: w\nservers: {frontend: {}, db: {hostname: vs10042}}\n",
        "fleet.yaml": "accounts: {office: {endpoint: sandbox}}\nsources: []\n",
        "notes.txt": "",
        "pl:an=x.out": "",
        "home/only.yml": "",
    }.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def env(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a shell that finds the command, whose answers may take long here."""
    programs = tmp_path_factory.mktemp("programs")
    program = programs / "program.py"
    program.write_text(PATIENT, encoding="utf-8")
    command = programs / "ccloud-apply"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{program}" "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    paths = (str(programs), str(Path(sys.executable).parent), os.environ["PATH"])
    return {"PATH": os.pathsep.join(paths), "HOME": str(folder / "home"), "LC_ALL": "C.UTF-8"}


@pytest.fixture(scope="module", params=SHELLS)
def shell(
    request: pytest.FixtureRequest, folder: Path, env: dict[str, str]
) -> Iterator[Callable[[], Shell]]:
    """A shell that has run the script as the docs say."""
    require(request.param)
    script = f'eval "$(ccloud-apply completion {request.param})"'
    with start_shell(request.param, folder, env, script) as started:
        yield lambda: started


def expect(words: tuple[str, ...], folder: Path) -> list[str]:
    home = str(folder / "home")
    return ["ccloud-apply", *(word.replace("{home}", home) for word in words)]


@pytest.mark.slow
def test_a_tab_makes_of_a_line(shell: Callable[[], Shell], folder: Path) -> None:
    lines = {**LINES, **BROKEN}
    made = {line: shell().complete(line) for line in lines}
    assert made == {line: expect(words, folder) for line, words in lines.items()}


@pytest.mark.slow
def test_what_is_whole_gets_a_space_and_what_goes_on_gets_none(
    shell: Callable[[], Shell], folder: Path
) -> None:
    made = {line: shell().complete(line, "X") for line in GOES_ON}
    assert made == {line: expect(words, folder) for line, words in GOES_ON.items()}


@pytest.mark.slow
def test_a_second_tab_shows_what_there_is(shell: Callable[[], Shell]) -> None:
    shown = shell().offers("ccloud-apply sandbox se")
    assert "serve" in shown
    assert "seed" in shown
    shown = shell().offers("ccloud-apply plan my\\ stacks --target ")
    assert "frontend" in shown
    assert "db" in shown


@pytest.mark.slow
def test_a_program_that_fails_offers_nothing_and_says_nothing(
    shell: Callable[[], Shell], folder: Path
) -> None:
    program = folder / "ccloud-apply"
    program.write_text("#!/bin/sh\necho oops >&2\nexit 1\n", encoding="utf-8")
    program.chmod(0o755)
    assert shell().complete("./ccloud-apply plan --tar") == ["./ccloud-apply", "plan", "--tar"]
    assert "oops" not in shell().offers("./ccloud-apply plan ")


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_fish_offers_for_a_line(line: str, folder: Path, env: dict[str, str]) -> None:
    require("fish")
    words = LINES[line]
    offered = offered_by_fish(folder, env, "ccloud-apply completion fish | source", line)
    if line in UNFINISHED:
        assert offered == []
    else:
        assert offered == [words[-1].replace("{home}", "~")]


@pytest.mark.slow
def test_where_a_folder_is_wanted_folders_alone_are_offered(
    folder: Path, env: dict[str, str]
) -> None:
    require("fish")
    line = "ccloud-apply new --stacks "
    offered = offered_by_fish(folder, env, "ccloud-apply completion fish | source", line)
    assert offered == ["empty/", "home/", "my stacks/"]


@pytest.mark.slow
def test_fish_shows_a_few_words_beside_a_value(folder: Path, env: dict[str, str]) -> None:
    require("fish")
    script = "ccloud-apply completion fish | source; complete -C 'ccloud-apply rehea'"
    ended = subprocess.run(
        ["fish", "--no-config", "-c", script],
        cwd=folder,
        env=env,
        capture_output=True,
        check=True,
        text=True,
    )
    assert ended.stdout == "rehearse\tTry a plan on a copy of the account.\n"


@pytest.mark.slow
def test_zsh_takes_the_script_as_a_file_of_its_path(
    folder: Path, env: dict[str, str], tmp_path: Path
) -> None:
    require("zsh")
    functions = tmp_path / "functions"
    functions.mkdir()
    shutil.copy(SCRIPTS / "ccloud-apply.zsh", functions / "_ccloud-apply")
    script = f"fpath=({functions} $fpath); compinit -u -D"
    with start_shell("zsh", folder, env, script) as started:
        assert started.complete("ccloud-apply vali") == ["ccloud-apply", "validate"]


@pytest.mark.slow
def test_an_alias_is_completed_once_bash_is_told_of_it(folder: Path, env: dict[str, str]) -> None:
    require("bash")
    script = 'eval "$(ccloud-apply completion bash)"; alias ca=ccloud-apply; '
    with start_shell("bash", folder, env, f"{script}complete -F _ccloud_apply ca") as started:
        assert started.complete("ca vali") == ["ca", "validate"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shell_name", "command"),
    [
        ("bash", ("bash", "-n")),
        ("bash", ("shellcheck", "--norc", "--shell=bash")),
        ("zsh", ("zsh", "-n")),
        ("fish", ("fish", "--no-execute")),
    ],
)
def test_a_script_has_no_mistake(
    shell_name: str, command: tuple[str, ...], env: dict[str, str]
) -> None:
    require(shell_name)
    program = shutil.which(command[0], path=env["PATH"])
    assert program is not None
    script = SCRIPTS / f"ccloud-apply.{shell_name}"
    ended = subprocess.run(
        [program, *command[1:], str(script)], capture_output=True, check=False, text=True, cwd=ROOT
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
