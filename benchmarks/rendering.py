"""A big plan in the formats for people and as JSON, and to a plan file and back.

The time is that of the processor. For people, servers that change in the same way are folded into a
few lines.

Bound for what writes JSON: `json.dumps` of the finished document with the same indent; for what
reads it: `json.loads`. Less than that is not possible, the rest is our own.
"""

import json
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from benchmarks.inputs import Case, build_account, load, write_stack
from benchmarks.process import ask_program
from benchmarks.table import Row
from ccloud_apply.model.documents.encode import encode_plan
from ccloud_apply.model.documents.saved_plan import decode_saved_plan, encode_saved_plan
from ccloud_apply.model.results.plan import Plan
from ccloud_apply.plan.build import PlanOptions, build_plan
from ccloud_apply.render.plan.html_document import render_plan_html
from ccloud_apply.render.plan.json_document import render_plan_json
from ccloud_apply.render.plan.markdown import render_plan_markdown
from ccloud_apply.render.plan.text import render_plan

TITLE = "render: a plan for people, as JSON, and to a plan file and back"
COUNT = 10_000


def measure(*, count: int = COUNT, repeats: int = 3) -> list[Row]:
    """Medians over so many processes: a plan of creates, and one of resizes."""
    program = ["-m", "benchmarks.rendering", str(count)]
    runs = [ask_program(program) for _ in range(repeats)]
    names = ("text", "changes", "markdown", "html", "json", "encode", "decode")
    bounds = {"json": "dumps", "encode": "dumps_saved", "decode": "loads_saved"}
    what = {
        "text": "creates as text, folded",
        "changes": "resizes as text, folded",
        "markdown": "resizes as Markdown",
        "html": "resizes as HTML",
        "json": "creates as JSON",
        "encode": "plan file, written",
        "decode": "plan file, read",
    }
    return [
        Row(
            what=f"{count:,} servers: {what[name]}",
            measured=median(run[name]["s"] for run in runs),
            unit="s",
            bound=median(run[bounds[name]]["s"] for run in runs) if name in bounds else None,
            note=f"{runs[0][name]['mb']:.3g} MB",
        )
        for name in names
    ]


def build(count: int, case: Case) -> Plan:
    """A plan of so many servers, with all that a saved plan needs."""
    plan, diagnostics = build_plan(
        [load(write_stack(count))],
        build_account(count, case),
        PlanOptions(has_fingerprints=True),
    )
    assert plan is not None, diagnostics
    return plan


def render(count: int) -> dict[str, Any]:
    """One measurement of each, in this process."""
    plan = build(count, "empty")
    changes = build(count, "changed")
    document = encode_plan(plan)
    saved = encode_saved_plan(plan, paths=("fleet.yaml",), options={})
    text = json.dumps(saved, indent=1)
    return {
        "text": _time(lambda: render_plan(plan)),
        "changes": _time(lambda: render_plan(changes)),
        "markdown": _time(lambda: render_plan_markdown(changes)),
        "html": _time(lambda: render_plan_html(changes)),
        "json": _time(lambda: render_plan_json(plan)),
        "dumps": _time(lambda: json.dumps(document, indent=2)),
        "encode": _time(
            lambda: json.dumps(encode_saved_plan(plan, paths=("fleet.yaml",), options={}), indent=1)
        ),
        "dumps_saved": _time(lambda: json.dumps(saved, indent=1)),
        "decode": {**_time(lambda: decode_saved_plan(json.loads(text))), "mb": len(text) / 1e6},
        "loads_saved": _time(lambda: json.loads(text)),
    }


def _time(work: Callable[[], object]) -> dict[str, float]:
    begin = time.process_time()
    value = work()
    seconds = time.process_time() - begin
    return {"s": seconds, "mb": len(value) / 1e6 if isinstance(value, str) else 0.0}


if __name__ == "__main__":
    print(json.dumps(render(int(sys.argv[1]))))
