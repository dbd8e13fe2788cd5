"""The names by which other tools know the servers: one for each, whatever anybody calls them.

A name goes into files in which a space or a line feed means something, so it has letters, digits,
`.`, `_` and `-` alone.
"""

from collections import Counter
from collections.abc import Sequence

from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.results.inventory import InventoryServer
from ccloud_apply.model.text import join_names

_FOREIGN = lazy_pattern(r"[^A-Za-z0-9._-]")
_EDGE = lazy_pattern(r"^[^A-Za-z0-9]+|[^A-Za-z0-9]+$")
_LONGEST = 200

_TAKEN = frozenset({"all", "ungrouped", "localhost", "broadcasthost", "ip6-localhost"})
"""Names that mean something else to Ansible or to every machine."""


def name_servers(
    servers: Sequence[InventoryServer],
) -> tuple[tuple[str, ...], tuple[Diagnostic, ...]]:
    """A name for each server, and a warning where one had to be made longer.

    It is STACK-KEY, or the hostname of a server without either. Of several hosts that would share a
    name each gets its hostname in addition, so that none of them can be taken for another. What is
    missing or being deleted is no host: nobody connects to it.
    """
    wished = [_wish(server) for server in servers]
    counts = Counter(
        name.lower() for server, name in zip(servers, wished, strict=True) if server.is_host
    )
    shared = [
        server.is_host and (name.lower() in _TAKEN or counts[name.lower()] > 1)
        for server, name in zip(servers, wished, strict=True)
    ]
    used = {name.lower() for name, is_shared in zip(wished, shared, strict=True) if not is_shared}
    names = []
    for server, name, is_shared in zip(servers, wished, shared, strict=True):
        if is_shared:
            name = _lengthen(server, name, used)
            used.add(name.lower())
        names.append(name)
    doubled = sorted({name for name in wished if counts[name.lower()] > 1})
    return tuple(names), tuple(_warn(doubled))


def _wish(server: InventoryServer) -> str:
    if server.stack is not None and server.key is not None:
        return _clean(f"{server.stack}-{server.key}")
    return _clean(server.hostname or _number(server))


def _lengthen(server: InventoryServer, name: str, used: set[str]) -> str:
    longer = f"{name}-{_clean(server.hostname or _number(server))}"
    found, number = longer, 2
    while found.lower() in used:
        found, number = f"{longer}-{number}", number + 1
    return found


def _number(server: InventoryServer) -> str:
    return "server" if server.id is None else f"server-{server.id}"


def _clean(text: str) -> str:
    return _EDGE.sub("", _FOREIGN.sub("_", text))[:_LONGEST] or "server"


def _warn(doubled: Sequence[str]) -> list[Diagnostic]:
    if not doubled:
        return []
    what = f"several servers would be called {join_names(doubled)}: each has its hostname as well"
    return [Diagnostic(code="host-name-shared", what=what, severity=Severity.WARNING)]
