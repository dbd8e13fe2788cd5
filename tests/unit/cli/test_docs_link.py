"""The address at the end of every `--help`."""

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from ccloud_apply import home
from ccloud_apply.cli.docs_link import PAGE, link_docs
from ccloud_apply.cli.main import group
from ccloud_apply.cli.params.options import Flags
from tests.support.docs.pages import anchor_of, find_headings, page

FILE = f"docs/{PAGE}.md"


def command_lines(command: click.Command, *words: str) -> Iterator[tuple[str, ...]]:
    """Every command and every group, as the words that call it."""
    yield words
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            member = command.get_command(context, name)
            assert member
            yield from command_lines(member, *words, name)


def last_line_of_help(*words: str) -> str:
    output = CliRunner().invoke(group, [*words, "--help"], obj=Flags()).output
    return output.splitlines()[-1].strip()


@pytest.mark.parametrize("words", tuple(command_lines(group)), ids=" ".join)
def test_help_ends_with_the_section_of_the_docs_that_describes_the_command(
    words: tuple[str, ...],
) -> None:
    name, _, anchor = last_line_of_help(*words).removeprefix("Docs: ").partition("#")
    assert name == (home.docs_url(PAGE) if home.has_home() else FILE)
    assert anchor == "-".join(words)
    if words:
        assert anchor in map(anchor_of, find_headings(page(FILE)))


def test_with_a_home_it_is_an_address_of_the_site_on_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        home, "REPOSITORY_URL", "https://github.com/a-very-long-organisation-name/ccloud-apply"
    )
    command = link_docs(click.Command("export-all"), "subscription", "export-all")
    assert CliRunner().invoke(command, ["--help"]).output.splitlines()[-1].strip() == (
        "Docs: https://a-very-long-organisation-name.github.io/ccloud-apply/reference/commands/"
        "#subscription-export-all"
    )
