"""The page docs/reference/errors.md, made from the table of codes."""

import sys

from ccloud_apply.model.codes import SECTIONS, Code
from ccloud_apply.model.diagnostic import CHECK_PREFIX
from tests.support.docs.pages import anchor_of

_HEAD = """\
# Errors and warnings

An error reads `error: FILE:LINE:COLUMN: WHERE: WHAT`, and a hint stands below it where one helps.
In JSON each one has a `code`. Codes are stable; the sentences are not.

Everything that is wrong with a file is reported in one run, in the order of the file.
"""
_TABLE = "| code | means | way out |\n| --- | --- | --- |\n"


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
