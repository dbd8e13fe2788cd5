"""The man page, made from the help of the commands and from two tables of the docs.

`python -m tests.support.docs.command_line` writes man/ccloud-apply.1.
"""

import re
from collections.abc import Iterable, Iterator
from inspect import cleandoc
from textwrap import wrap

import click

from ccloud_apply.cli.main import PROGRAM, group
from tests.conftest import ROOT
from tests.support.docs.command_line import find_commands, shared_options
from tests.support.docs.pages import page, section, table_rows

FILE = ROOT / "man" / f"{PROGRAM}.1"

_DATE = re.compile(r"^\.TH \S+ 1 (\S+) ", re.MULTILINE)
_LINK = re.compile(r"\[((?:`[^`]*`|[^\]`])*)\]\([^)]*\)")
_CODE = re.compile(r"`([^`]*)`")
_SENTENCE = re.compile(r"(?<=[a-z)][.:]) +(?=[A-Z])")
_WIDTH = 78
_SIGNS = {"\\": r"\e", "-": r"\-", "'": r"\(aq", "`": r"\(ga", "^": r"\(ha", "~": r"\(ti"}
_HIDDEN = "Docs: "
"""Begins the line of a help that says where its docs are: no page has addresses before a home."""

_INTRODUCTION = """\
Servers of the centron ccloud are declared in YAML files, called stacks. `plan` shows what differs
from the account, and `apply` makes the account match the stacks. There is no state file: servers
carry the tags `stack:NAME` and `server:KEY`.

A PATH is a stack file or a folder of them. Without one, most commands take the stacks that the
project file names.
"""

_SHARED = "Every command accepts these options before or after its name, except `--version`."

_FILES = (
    ("ccloud-apply.yaml", "The project file: which files are stacks, and what they share."),
    ("fleet.yaml", "The file that describes a fleet: accounts, sources of stacks, rules."),
    (".ccloud-apply/", "Journals, locks, and the data of the embedded API (`CCLOUD_WORK_DIR`)."),
)


def man_page(date: str) -> str:
    """The page, in the macros of man(7); `date` is YYYY-MM-DD."""
    lines = [
        r".\" Made by `python -m tests.support.docs.command_line` from the help of the commands.",
        f'.TH {_escape(PROGRAM.upper())} 1 {date} {_escape(PROGRAM)} "User Commands"',
        *_section("NAME", [f"{_escape(PROGRAM)} \\- {_escape(_title())}"]),
        *_section("SYNOPSIS", _synopsis(group, PROGRAM)),
        *_section("DESCRIPTION", _paragraphs(_INTRODUCTION)),
        *_section("COMMON OPTIONS", _paragraphs(_SHARED)),
        *_options(shared_options()),
        *_section("COMMANDS", []),
    ]
    for words, command in find_commands():
        if words:
            lines += _describe(words, command)
    lines += _section("EXIT STATUS", _exit_codes(page("docs/reference/exit-codes.md")))
    variables = table_rows(page("docs/reference/environment.md"))
    lines += _section("ENVIRONMENT", _terms(map(_variable, variables)))
    lines += _section("FILES", _terms(_FILES))
    return "\n".join(lines) + "\n"


def read_date(text: str) -> str:
    """The date of a page."""
    found = _DATE.search(text)
    assert found is not None
    return found[1]


def write_man_page(today: str) -> None:
    """Write the file; one that says the same keeps its date."""
    before = FILE.read_text(encoding="utf-8") if FILE.exists() else ""
    if not before or man_page(read_date(before)) != before:
        FILE.parent.mkdir(exist_ok=True)
        FILE.write_text(man_page(today), encoding="utf-8")


def _title() -> str:
    text = (group.help or "").rstrip(".")
    return text[0].lower() + text[1:].partition(",")[0]


def _describe(words: tuple[str, ...], command: click.Command) -> Iterator[str]:
    yield f".SS {_escape(' '.join(words))}"
    yield from _synopsis(command, " ".join((PROGRAM, *words)))
    yield ".P"
    yield from _paragraphs(command.help or "")
    shared = {flag for option in shared_options() for flag in option.opts}
    own = [
        param
        for param in command.params
        if isinstance(param, click.Option) and (param.expose_value or not shared & {*param.opts})
    ]
    yield from _options(own)


def _synopsis(command: click.Command, name: str) -> Iterator[str]:
    context = click.Context(command, info_name=name, **group.context_settings)
    pieces = command.collect_usage_pieces(context)
    yield f"\\fB{_escape(name)}\\fR {_escape(' '.join(pieces))}"


def _options(options: Iterable[click.Option]) -> Iterator[str]:
    for option in options:
        record = option.get_help_record(click.Context(click.Command(PROGRAM)))
        if record is not None:
            flags, text = record
            yield from (".TP", _flags(flags), _inline(text))


def _flags(flags: str) -> str:
    """`-p, --param NAME=VALUE`: the flags bold, the value not."""
    return re.sub(r"(?<![^ ])(\\-[\w\\-]*)", r"\\fB\1\\fR", _escape(flags))


def _paragraphs(text: str) -> Iterator[str]:
    """What click shows of a help: paragraphs, and after a `\\b` lines that stay as they are."""
    for at, part in enumerate(cleandoc(text.partition("\f")[0]).split("\n\n")):
        if part.startswith(_HIDDEN):
            continue
        lines = part.splitlines()
        if at:
            yield ".P"
        if lines[0].strip() == "\b":
            yield ".nf"
            yield from map(_escape, lines[1:])
            yield ".fi"
        else:
            yield _inline(" ".join(line.strip() for line in lines))


def _exit_codes(text: str) -> Iterator[str]:
    codes, _, _ = text.partition("\n## ")
    yield from _terms((code, means) for code, means, _ in table_rows(codes))
    yield from (".P", "What code 1 can also mean:")
    yield from _terms((command, means) for command, means in table_rows(section(text, "Code 1")))


def _variable(row: tuple[str, ...]) -> tuple[str, str]:
    """A variable, what it means, and its default if it has one."""
    if len(row) == 2:  # the cell of the default is empty
        return row[0], row[1].removeprefix("| ")
    return row[0], f"{row[2]} (default: {row[1]})"


def _terms(terms: Iterable[tuple[str, str]]) -> Iterator[str]:
    for term, text in terms:
        bold = _escape(term.replace("`", ""))
        yield from (".TP", f"\\fB{bold}\\fR", _inline(text))


def _section(title: str, lines: Iterable[str]) -> list[str]:
    return [f".SH {title}", *lines]


def _inline(text: str) -> str:
    """A text without links, code in bold; each sentence begins a line, and no line is long."""
    parts = _CODE.split(_LINK.sub(r"\1", text))
    shown = "".join(
        f"\\fB{_escape(part)}\\fR" if at % 2 else _escape(part) for at, part in enumerate(parts)
    )
    lines = [
        line
        for sentence in _SENTENCE.split(shown)
        for line in wrap(sentence, _WIDTH, break_long_words=False, break_on_hyphens=False)
    ]
    return "\n".join(f"\\&{line}" if line[0] in ".'" else line for line in lines)


def _escape(text: str) -> str:
    return "".join(
        _SIGNS.get(char, char if ord(char) < 127 else f"\\[u{ord(char):04X}]") for char in text
    )
