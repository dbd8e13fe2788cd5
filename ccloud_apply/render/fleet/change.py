"""A change of a stack's state, told to others: as a CloudEvent for programs, as text for people.

Neither holds values of servers: a receiver is seldom protected as well as the account.
"""

import hashlib
import json

from ccloud_apply.model.results.fleet_change import FleetChange
from ccloud_apply.render.lib.escape import escape_short
from ccloud_apply.render.lib.json_text import dump_json

_TYPE = "de.centron.ccloud-apply.fleet"
CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"

LONGEST_WHY = 500
"""Characters of a reason that are told."""

_SAID = {
    "drift": "differs from its file",
    "failed": "fails",
    "held": "is held",
    "stale": "has not been compared with its account for two intervals",
    "proposed": "has a plan that waits for an approval",
    "clean": "is as declared",
}


def render_change_event(change: FleetChange) -> str:
    """The event in structured mode. Its id depends on what has changed and since when, so that a
    receiver recognises one that it gets twice."""
    moment = change.since.isoformat()
    text = json.dumps([change.subject, change.event, moment])
    return dump_json(
        {
            "specversion": "1.0",
            "id": hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
            "source": "/ccloud-apply/fleet",
            "type": f"{_TYPE}.{change.event}.v1",
            "subject": change.subject,
            "time": moment,
            "datacontenttype": "application/json",
            "data": {
                "account": change.account,
                "stack": change.stack,
                "event": change.event,
                "since": moment,
                "path": change.path,
                "commit": change.commit,
                "why": None if change.why is None else change.why[:LONGEST_WHY],
                "plan": None if change.digest is None else {"digest": change.digest},
            },
        },
        indent=None,
    )


def render_event_text(event: str) -> tuple[str, str]:
    """The CloudEvent -> title and text for people: nothing in them begins a line of its own."""
    data = json.loads(event)["data"]
    name = escape_short(f"{data['account']}/{data['stack']}", LONGEST_WHY)
    what = _SAID[data["event"]]
    lines = [f"{name} {what}, since {data['since']}"]
    if data["why"]:
        lines.append(escape_short(data["why"], LONGEST_WHY))
    commit = f", commit {escape_short(data['commit'])}" if data["commit"] else ""
    lines.append(f"File: {escape_short(data['path'], LONGEST_WHY)}{commit}")
    if data["event"] == "proposed":
        lines.append(f"Approve: ccloud-apply fleet approve {name}")
    return f"{name} {what}", "\n".join(lines)
