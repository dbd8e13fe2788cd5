"""The man page is what the help says, and no man is in trouble with it."""

import os
import re
import shutil
import subprocess

import pytest

from ccloud_apply.cli.main import PROGRAM
from ccloud_apply.home import REPOSITORY_URL
from tests.support.docs.command_line import find_commands, shared_options
from tests.support.docs.man_page import FILE, man_page, read_date


def run(*command: str) -> subprocess.CompletedProcess[str]:
    """Skip where the program is missing, but in CI, where it is not to be."""
    if shutil.which(command[0]) is None:
        assert "CI" not in os.environ, f"{command[0]} is missing: .ci/tools installs it"
        pytest.skip(f"{command[0]} is not installed")
    return subprocess.run(command, capture_output=True, check=False, text=True, encoding="utf-8")


def test_the_man_page_is_made_of_the_help() -> None:
    """If not: `python -m tests.support.docs.command_line`."""
    text = FILE.read_text(encoding="utf-8")
    assert text == man_page(read_date(text))


def test_the_man_page_names_no_address_of_a_project_that_has_no_home() -> None:
    assert REPOSITORY_URL not in FILE.read_text(encoding="utf-8").replace("\\-", "-")


@pytest.mark.slow
def test_mandoc_and_groff_find_nothing_wrong_with_it() -> None:
    for command in (
        ("mandoc", "-Tlint", "-Wall", str(FILE)),
        ("groff", "-Tutf8", "-wall", "-man", "-z", str(FILE)),
    ):
        ended = run(*command)
        assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", ""), command[0]


@pytest.mark.slow
def test_a_reader_sees_every_command_with_its_options_and_the_code_as_it_is() -> None:
    plain = run("mandoc", "-Tascii", "-Owidth=300", str(FILE)).stdout
    plain = re.sub(".\b", "", plain)  # what is bold is struck twice
    for words, command in find_commands():
        assert f"{' '.join((PROGRAM, *words))} [OPTIONS]" in plain
        for option in command.params:
            assert all(flag in plain for flag in option.opts if flag.startswith("-"))
    assert 'eval "$(ccloud-apply completion bash)"' in plain
    assert all(flag in plain for option in shared_options() for flag in option.opts)
