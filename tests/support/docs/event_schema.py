"""Writes `schemas/apply-event.schema.json` anew with the plan's schema in it, so that a reader of
events needs no other file.

    python -m tests.support.docs.event_schema
"""

import re
from pathlib import Path

from tests.conftest import ROOT

FOLDER = ROOT / "schemas"
EVENT = FOLDER / "apply-event.schema.json"
_EMBEDDED = re.compile(r'    "plan\.schema\.json": \{\n.*?\n    \}(?=\n|,\n)', re.DOTALL)


def with_plan(event: str, plan: str) -> str:
    """The text of the schema of events, with this text of the plan's schema in its place."""
    lines = plan.rstrip("\n").split("\n")
    text = "\n".join([lines[0], *(f"    {line}" for line in lines[1:])])
    return _EMBEDDED.sub(lambda _: f'    "plan.schema.json": {text}', event, count=1)


def event_schema() -> str:
    """The file as it has to be."""
    plan = Path(FOLDER / "plan.schema.json").read_text(encoding="utf-8")
    return with_plan(EVENT.read_text(encoding="utf-8"), plan)


if __name__ == "__main__":
    EVENT.write_text(event_schema(), encoding="utf-8")
