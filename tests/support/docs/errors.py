"""The page docs/reference/errors.md, made from the table of codes."""

import sys

from ccloud_apply.model.codes import SECTIONS, Code
from ccloud_apply.model.diagnostic import CHECK_PREFIX
from tests.support.docs.pages import anchor_of

_HEAD = """\
# Errors and warnings

An error has the form `error: FILE:LINE:COLUMN: WHERE: WHAT`, often with a hint on the next line.
In JSON, each error and warning has a `code`. Codes are stable; the sentences are not.

A run reports everything that is wrong with a file, in the order of the file.
"""
_TABLE = "| code | meaning | what to do |\n| --- | --- | --- |\n"


def error_page() -> str:
    """The page as it has to stand in the docs: a table for each section, in its order."""
    parts = [_HEAD]
    for section in SECTIONS:
        note = f"{section.note}\n\n" if section.note else ""
        rows = "".join(map(_row, section.codes))
        parts.append(f"## {section.title}\n\n{note}{_TABLE}{rows}")
    return "\n".join(parts)


def _row(code: Code) -> str:
    name = f"`{code.code}`"
    if code.code.startswith(CHECK_PREFIX):
        name = f"[{name}](../checks.md#{anchor_of(f'{code.code}: {code.meaning}')})"
    return f"| {name} | {code.meaning} | {code.way_out} |\n"


if __name__ == "__main__":
    sys.stdout.write(error_page())
