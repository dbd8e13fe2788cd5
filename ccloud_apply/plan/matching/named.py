"""Which server a name of the command line means: a key of a stack, or a hostname. Pure."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from ccloud_apply.errors import UsageError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.model.declared.stack import ServerSpec, Stack
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.text import join_names
from ccloud_apply.plan.matching.index import AccountIndex
from ccloud_apply.plan.matching.match import Match, match_servers

_HOSTNAME = lazy_pattern(r"[A-Za-z0-9._-]{1,253}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedServer:
    """The server that a name means.

    `stack` and `key` are those of a stack that was given; None for a server of no such stack.
    `spec` is None where no entry of the file declares it, `live` where it is not there.
    """

    live: LiveServer | None
    stack: Stack | None = None
    key: str | None = None
    spec: ServerSpec | None = None

    @property
    def name(self) -> str:
        """How messages call it."""
        hostname = "" if self.live is None else self.live.name
        if self.key is None:
            return hostname
        return f"{self.key} ({hostname})" if hostname else self.key


def is_hostname(name: str) -> bool:
    """True for a text that may be a hostname."""
    return _HOSTNAME.fullmatch(name) is not None and name.strip(".") != ""


def names_of_key(stack: str, key: str) -> tuple[str, str]:
    """How a key may be named: KEY, and STACK/KEY where several stacks have it."""
    return key, f"{stack}/{key}"


def find_server(name: str, stacks: Sequence[Stack], index: AccountIndex) -> NamedServer:
    """The server of this name: KEY or STACK/KEY of these stacks, or a hostname of the account.

    Raises UsageError where there is none, and where several have the name.
    """
    found = [(stack, match) for stack in stacks for match in match_servers(stack, index)[0]]
    named = [_of_match(stack, match) for stack, match in found if name in _names_of(stack, match)]
    if len(named) > 1:
        names = (f"{one.stack.name}/{one.key}" for one in named if one.stack is not None)
        raise UsageError(
            f"{name}: several stacks have this key",
            hint=f"name one of them as STACK/KEY: {join_names(names)}",
        )
    if named:
        return named[0]
    live = index.by_hostname.get(name)
    if live is None:
        raise UsageError(f"{name}: no such server", hint=_suggest(name, found, stacks, index))
    return NamedServer(live=live)


def _of_match(stack: Stack, match: Match) -> NamedServer:
    return NamedServer(live=match.live, stack=stack, key=match.key, spec=match.spec)


def _names_of(stack: Stack, match: Match) -> Iterator[str]:
    yield from names_of_key(stack.name, match.key)
    if match.live is not None and match.live.hostname:
        yield match.live.hostname


def _suggest(
    name: str, found: Sequence[tuple[Stack, Match]], stacks: Sequence[Stack], index: AccountIndex
) -> str:
    expanded = [
        match.key
        for _, match in found
        if match.spec and name in (match.spec.base_key, match.spec.group_key)
    ]
    if expanded:
        return f"{name} is several servers: name one of {join_names(expanded)}"
    if owners := _find_owners(name, stacks, index):
        return f"a key needs the file that declares it: name it, or a hostname ({owners})"
    known = {key: None for stack, match in found for key in _names_of(stack, match)}
    known |= dict.fromkeys(index.by_hostname)
    near = get_close_matches(name, known, n=3)
    if near:
        return f"is it {join_names(near)}?"
    return "`ccloud-apply inventory --all` lists the servers of the account"


def _find_owners(name: str, stacks: Sequence[Stack], index: AccountIndex) -> str:
    """The servers with this key whose stacks were not given: `vs10001 of shop`."""
    given = {name for stack in stacks for name in stack.names}
    owners = [
        f"{server.name} of {stack}"
        for stack, servers in index.owned.items()
        if stack not in given
        for server, ownership in servers
        if any(name in names_of_key(stack, key) for key in ownership.keys)
    ]
    return join_names(owners, most=3)
