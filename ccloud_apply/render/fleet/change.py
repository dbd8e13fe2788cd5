"""A change of a stack's state, told to others: as a CloudEvent for programs, as text for people.

Neither holds values of servers: a receiver is seldom protected as well as the account.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from ccloud_apply.model.results.fleet_change import FleetChange
from ccloud_apply.render.lib.escape import escape_short
from ccloud_apply.render.lib.json_text import dump_json
from ccloud_apply.render.lib.moments import moment_words

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


def render_change_text(event: str) -> str:
    """The CloudEvent -> a text for people: nothing of the account begins a line of its own."""
    data = json.loads(event)["data"]
    lines = [f"{_say(data)}, since {moment_words(data['since'])}"]
    if data["why"]:
        lines.append(f"Why: {escape_short(data['why'], LONGEST_WHY)}")
    commit = f", commit {escape_short(data['commit'])}" if data["commit"] else ""
    lines.append(f"File: {escape_short(data['path'], LONGEST_WHY)}{commit}")
    if data["event"] == "proposed":
        lines.append(f"Approve: ccloud-apply fleet approve {_name(data)}")
    return "\n".join(lines)


def render_change_title(event: str) -> str:
    """The CloudEvent -> a title for people, such as the subject of a mail."""
    return _say(json.loads(event)["data"])


def _say(data: Mapping[str, Any]) -> str:
    return f"{_name(data)} {_SAID[data['event']]}"


def _name(data: Mapping[str, Any]) -> str:
    return escape_short(f"{data['account']}/{data['stack']}", LONGEST_WHY)
