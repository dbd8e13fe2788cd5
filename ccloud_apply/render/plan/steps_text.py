"""The requests of a plan in their order."""

from collections.abc import Sequence

from ccloud_apply.model.results.plan import Step
from ccloud_apply.render.lib.escape import escape_short
from ccloud_apply.render.lib.style import PLAIN, Style
from ccloud_apply.render.lib.table import pad, text_width

_MAX_NEEDS = 5
_MAX_PATH = 200


def render_steps(steps: Sequence[Step], style: Style = PLAIN) -> list[str]:
    """A heading, and for each step its number, its id, its request and its needs."""
    ids = [escape_short(step.id, _MAX_PATH) for step in steps]
    requests = [escape_short(f"{step.method} {step.path}", _MAX_PATH) for step in steps]
    id_width = max(map(text_width, ids), default=0)
    request_width = max(map(text_width, requests), default=0)
    number_width = len(f"{len(steps)}")
    lines = [style.bold("Steps:")] if steps else []
    for number, (step, id, request) in enumerate(zip(steps, ids, requests, strict=True), start=1):
        line = f"  {number:>{number_width}}. {pad(id, id_width)}  {pad(request, request_width)}"
        remark = _remark(step)
        lines.append(f"{line}  {style.dim(remark)}" if remark else line.rstrip())
    return lines


def _remark(step: Step) -> str:
    parts = []
    if step.needs:
        named = ", ".join(escape_short(need) for need in step.needs[:_MAX_NEEDS])
        rest = len(step.needs) - _MAX_NEEDS
        parts.append(f"after {named}" + (f" and {rest:,} more" if rest > 0 else ""))
    if step.closes is not None:
        parts.append(f"closes {escape_short(step.closes)}")
    return ", ".join(parts)
