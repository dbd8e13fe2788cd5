"""What becomes of a request that gives a server another system: a changed `image`."""

from collections.abc import Mapping
from typing import Any

from ccloud_apply.aspects.base import clean_text
from ccloud_apply.aspects.effects import SERVER_READ, Facts, Planned, Sent, server_effect
from ccloud_apply.model.live.account import LiveServer


def _note_system(_planned: Planned, facts: Facts, _sent: Sent) -> Mapping[str, Any]:
    return {"os_name": None if facts.server is None else facts.server.os_name}


def _is_redeployed(server: LiveServer, sent: Sent) -> bool:
    """True once another system shows than before; the same image again leaves no trace."""
    before, now = sent.baseline.get("os_name"), server.os_name
    return None not in (before, now) and clean_text(now) != clean_text(before)


EFFECTS = (
    server_effect(
        "redeploy_server",
        _is_redeployed,
        field="image",
        reads_to_note=frozenset({SERVER_READ}),
        baseline=_note_system,
        needs=("os_name",),
        is_once=True,
        is_held_by_protection=True,
        renews_system=True,
        waits_for_tasks=True,
    ),
)
