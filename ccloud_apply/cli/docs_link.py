"""Where a command is documented: the line at the end of its `--help`.

Every command has a section of its own on one page; a test holds the two together.
"""

import click

from ccloud_apply.home import docs_url, has_home

PAGE = "reference/commands"


def link_docs(command: click.Command, *words: str) -> click.Command:
    """End the help of a command, and of all that it has under it, with the address of its section.

    `words` are those that call it, without the program's name.
    """
    # `\b` keeps click from wrapping the line: an address in two lines leads nowhere.
    command.epilog = f"\b\nDocs: {section_address('-'.join(words))}"
    for name, member in getattr(command, "commands", {}).items():
        link_docs(member, *words, name)
    return command


def section_address(anchor: str) -> str:
    """The address of a section of the page; while the project has no home, its file."""
    page = docs_url(PAGE) if has_home() else f"docs/{PAGE}.md"
    return f"{page}#{anchor}" if anchor else page
