"""Which live server is which declared server: by ownership tags, by moved, by bound hostname.

It compares what the file says with what the tags say, nothing else. Comparing fields belongs to
`diff.py`, the texts of conflicts to `conflicts.py`.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

from ccloud_apply.lazy_dataclass import dataclass, replace
from ccloud_apply.model.declared.stack import ServerSpec, Stack
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.live.account import LiveServer, Task
from ccloud_apply.plan.matching.conflicts import (
    custom_name_taken,
    hostname_differs,
    hostname_unusable,
)
from ccloud_apply.plan.matching.index import AccountIndex
from ccloud_apply.plan.matching.moves import resolve_moves
from ccloud_apply.plan.matching.owned import OwnedServers, sort_owned
from ccloud_apply.plan.matching.retirement import Retirement

By = Literal["tags", "moved", "hostname", "nothing"]


class Asked(StrEnum):
    """What the command line asks for one server: --replace, --accept and --retry."""

    REPLACE = "replace"
    ACCEPT = "accept"
    RETRY = "retry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One declared server with its live one, a declared one without, or a live one without.

    `moved_from` is the key that the live server's tags still name, or `STACK/KEY` where they name
    another stack. `is_released` marks a server
    that is given back. `deleting` is a server of the same identity that is being deleted.
    `task` is one that somebody runs on the live server, `asked` what the options ask for it.
    `retirement` says when a server of the stack's own ends that is given up, and whether one that
    is declared was retired before; None where neither is so.
    """

    key: str
    spec: ServerSpec | None = None
    live: LiveServer | None = None
    by: By = "nothing"
    moved_from: str | None = None
    is_released: bool = False
    deleting: LiveServer | None = None
    asked: frozenset[Asked] = frozenset()
    task: Task | None = None
    retirement: Retirement | None = None

    @property
    def changes_stack(self) -> bool:
        """True for a live server that another stack has until it is retagged."""
        return self.moved_from is not None and "/" in self.moved_from

    @property
    def waits(self) -> bool:
        """True for a server that is given up and not destroyed now."""
        return self.retirement is not None and self.retirement.waits


def match_servers(
    stack: Stack, index: AccountIndex
) -> tuple[tuple[Match, ...], tuple[Diagnostic, ...]]:
    """Every declared and every owned live server, each exactly once.

    Conflicts of identity are diagnostics; the servers in conflict are then left out.
    """
    owned = sort_owned(stack, index)
    diagnostics = owned.diagnostics
    moves = resolve_moves(stack, owned.by_key, diagnostics)
    matches: list[Match] = []
    taken: set[int] = set()
    for spec in stack.servers:
        if spec.key in owned.doubtful:
            continue
        match = _match_spec(stack, spec, owned, moves, index, diagnostics)
        if match is None:
            continue
        if match.live is None:
            name = custom_name_at_create(stack, spec)
            duplicate = index.unowned_names.get(name or "")
            if duplicate is not None:
                diagnostics.append(custom_name_taken(stack, spec, duplicate))
        else:
            taken.add(match.live.id)
        matches.append(match)
    released = {release.key for release in stack.released}
    moved = set(moves.values())
    for key, live in owned.by_key.items():
        if live.id not in taken and key not in moved:
            matches.append(
                Match(
                    key=key,
                    live=live,
                    by="tags",
                    moved_from=owned.earlier.get(key),
                    is_released=key in released,
                )
            )
    return tuple(_with_task(match, index) for match in matches), tuple(diagnostics)


def _with_task(match: Match, index: AccountIndex) -> Match:
    hostname = None if match.live is None else match.live.hostname
    task = index.running.get(hostname) if hostname else None
    return match if task is None else replace(match, task=task)


def _match_spec(
    stack: Stack,
    spec: ServerSpec,
    owned: OwnedServers,
    moves: Mapping[str, str],
    index: AccountIndex,
    diagnostics: list[Diagnostic],
) -> Match | None:
    before = moves.get(spec.key)
    live = owned.by_key.get(spec.key if before is None else before)
    if live is not None:
        before = owned.earlier.get(spec.key if before is None else before, before)
        if spec.hostname is not None and live.hostname != spec.hostname:
            diagnostics.append(hostname_differs(spec, live, before))
            return None
        by: By = "tags" if before is None else "moved"
        return Match(key=spec.key, spec=spec, live=live, by=by, moved_from=before)
    if spec.hostname is None:
        return Match(key=spec.key, spec=spec, deleting=owned.deleting.get(spec.key))
    bound = index.by_hostname.get(spec.hostname)
    unusable = hostname_unusable(stack, spec, spec.hostname, bound)
    if unusable is not None:
        diagnostics.append(unusable)
        return None
    return Match(key=spec.key, spec=spec, live=bound, by="hostname")


def custom_name_at_create(stack: Stack, spec: ServerSpec) -> str | None:
    """The custom name that a new server gets: the declared one, or `<stack>-<key>`."""
    name: str | None = spec.value("custom_name", f"{stack.name}-{spec.key}")
    return name
