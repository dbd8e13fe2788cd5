"""The words of a line -> what stands at its end, in a small program of our own."""

from typing import Any

import pytest

from ccloud_apply.cli.completion.position import COMMAND, OPTION, find_position

ROOT: dict[str, Any] = {
    "help": "",
    "options": [
        {"flags": ["--version"], "help": "", "is_root": True},
        {"flags": ["-v", "--verbose"], "help": ""},
        {"flags": ["--env"], "help": "", "takes": "environment"},
    ],
    "commands": {
        "plan": {
            "help": "",
            "options": [
                {"flags": ["--target"], "help": "", "takes": "key", "is_many": True},
                {"flags": ["--out"], "help": "", "takes": "file"},
                {"flags": ["-p", "--param"], "help": "", "takes": "parameter"},
            ],
            "arguments": [{"takes": "stack-file", "is_many": True}],
        },
        "explain": {
            "help": "",
            "arguments": [{"takes": "server"}, {"takes": "stack-file", "is_many": True}],
        },
        "tasks": {"help": "", "arguments": [{"takes": ""}]},
        "fleet": {"help": "", "options": [], "commands": {"status": {"help": ""}}},
    },
}


@pytest.mark.parametrize(
    ("line", "takes", "kept", "partial"),
    [
        ("", "command", "", ""),
        ("pl", "command", "", "pl"),
        ("-v pl", "command", "", "pl"),
        ("--env prod pl", "command", "", "pl"),
        ("--env pr", "environment", "", "pr"),
        ("fleet st", "command", "", "st"),
        ("fleet status x", "", "", "x"),
        ("plan st", "stack-file", "", "st"),
        ("plan a b ", "stack-file", "", ""),
        ("plan -", "option", "", "-"),
        ("plan --", "option", "", "--"),
        ("plan --tar", "option", "", "--tar"),
        ("plan --target we", "key", "", "we"),
        ("plan --target=we", "key", "--target=", "we"),
        ("plan --target=", "key", "--target=", ""),
        ("plan --env=pr", "environment", "--env=", "pr"),
        ("plan -p", "option", "", "-p"),
        ("plan -pho", "parameter", "-p", "ho"),
        ("plan -p ho", "parameter", "", "ho"),
        ("plan -v st", "stack-file", "", "st"),
        ("plan -vp ho", "parameter", "", "ho"),
        ("plan --target web st", "stack-file", "", "st"),
        ("plan --target --out x", "stack-file", "", "x"),
        ("plan -- --tar", "stack-file", "", "--tar"),
        ("plan -- -", "stack-file", "", "-"),
        ("plan --verbose=x", "", "", "--verbose=x"),
        ("plan --unknown=x", "", "", "--unknown=x"),
        ("plan --unknown x", "stack-file", "", "x"),
        ("explain we", "server", "", "we"),
        ("explain web st", "stack-file", "", "st"),
        ("tasks 1", "", "", "1"),
        ("tasks 1 2", "", "", "2"),
        ("nothing x", "", "", "x"),
        ("nothing --x", "", "", "--x"),
    ],
)
def test_the_last_word_is(line: str, takes: str, kept: str, partial: str) -> None:
    position = find_position(ROOT, line.split(" "))
    assert (position.wanted["takes"], position.kept, position.partial) == (takes, kept, partial)


def test_without_a_word_it_is_a_command() -> None:
    assert find_position(ROOT, []).wanted is COMMAND


def test_what_was_given_is_known_by_what_it_is() -> None:
    words = [
        *["--env", "prod", "plan", "-v", "--target", "a", "--target=b", "-p", "c", "one", "two"],
        "--",
    ]
    position = find_position(ROOT, words)
    assert position.wanted is OPTION
    assert position.values_of("environment") == ["prod"]
    assert position.values_of("key") == ["a", "b"]
    assert position.values_of("parameter") == ["c"]
    assert position.values_of("stack-file") == ["one", "two"]
    assert position.values_of("server") == ()
    assert "--verbose" in position.given


def flags(line: str) -> list[str]:
    position = find_position(ROOT, line.split(" "))
    return [option["flags"][-1] for option in position.options]


def test_an_option_is_offered_until_it_is_given_and_again_if_it_may_be_repeated() -> None:
    assert flags("plan -") == ["--target", "--out", "--param", "--verbose", "--env"]
    assert flags("plan --out x --target y -v -") == ["--target", "--param", "--env"]


def test_the_version_is_an_option_of_the_program_alone() -> None:
    assert flags("-") == ["--version", "--verbose", "--env"]
    assert "--version" not in flags("fleet -")
