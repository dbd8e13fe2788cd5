"""The end of an apply as Markdown, for the page of a step."""

from collections.abc import Sequence

from ccloud_apply.model.event import Event
from ccloud_apply.render.apply.events_text import render_event, render_failures
from ccloud_apply.render.apply.made import render_made_markdown
from ccloud_apply.render.lib.markdown import render_fence

_ROOM = 60_000


def render_apply_summary(events: Sequence[Event]) -> str:
    """The end of an apply as Markdown: the counts, what was made, then failed and skipped steps."""
    ends = [event for event in events if event.type == "summary"]
    words = "".join(f"{render_event(event)}\n" for event in ends) or "The apply did not start.\n"
    made = "".join(render_made_markdown(e.servers, has_stack=e.stack is None) for e in ends)
    failures = render_failures(events).splitlines()
    fence = render_fence([[line] for line in failures], _ROOM, "text")
    rest = len(failures) - fence.shown
    more = f"\n… and {rest:,} more lines\n" if rest else ""
    return f"### ccloud-apply apply\n\n{words}{made}\n{fence.text}{more}"
