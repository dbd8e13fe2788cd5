"""What becomes of a request that destroys a server. No field asks for it, but the plan does."""

from collections.abc import Mapping
from typing import Any

from ccloud_apply.aspects.effects import (
    SERVER_READ,
    Effect,
    Facts,
    Planned,
    Sent,
    always_due,
    identify,
)
from ccloud_apply.model.live.account import LiveServer


def _note_identity(planned: Planned, _facts: Facts, _sent: Sent) -> Mapping[str, Any]:
    return {} if planned.server is None else identify(planned.server)


def _is_another(server: LiveServer, sent: Sent) -> bool:
    """True for a server on its way out, and for another one that got the hostname since."""
    server_id = sent.baseline.get("id", server.id) if sent.baseline else server.id
    return server.is_deleting or server.id != server_id


def _is_gone(facts: Facts, sent: Sent) -> bool:
    return facts.server is None or _is_another(facts.server, sent)


EFFECTS = (
    Effect(
        operation_id="delete_server",
        is_due=always_due,
        baseline=_note_identity,
        reads=frozenset({SERVER_READ}),
        has_happened=_is_gone,
        on_server=_is_another,
        is_held_by_protection=True,
        ends_server=True,
        waits_for_tasks=True,
    ),
)
