"""Whether a plan can be made of the servers of its stacks' own tags, and whether it may stand.

The filter of the server list includes servers with a tag; that it leaves out none, nothing says. A
list by a tag is believed to be whole if every server that the file declares is in it. All that
follows from a server that is not there at all is left to the whole list.
"""

from collections.abc import Iterable, Iterator, Sequence

from ccloud_apply.aspects.base import clean_text
from ccloud_apply.model.declared.stack import ServerSpec, Stack
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.live.read import SERVERS, Read
from ccloud_apply.model.ownership import build_ownership_tags, split_name, stack_tag
from ccloud_apply.plan.matching.match import Match
from ccloud_apply.plan.matching.select import MatchedAccount, MatchedStack, PlanOptions

_BY_TAGS = ("tags", "moved")


def tag_reads(stacks: Sequence[Stack], options: PlanOptions) -> frozenset[Read]:
    """The lists by tags that may stand in for the list of all servers; none where they cannot.

    Each tag is that of a stack of the run with servers to be found by it: of a list that may be
    empty nothing shows that it is whole, such as that of an earlier name.
    """
    if options.is_destroy or not stacks:
        return frozenset()
    expected = {stack.name: len(stack.servers) for stack in stacks}
    if not all(expected.values()) or any(stack.claimed for stack in stacks):
        return frozenset()
    if not expected.keys() >= {name for stack in stacks for name in _find_owners(stack)}:
        return frozenset()
    return frozenset(
        Read(SERVERS, tag=stack_tag(name), expected=count) for name, count in expected.items()
    )


def _find_owners(stack: Stack) -> Iterator[str]:
    """Every name of a stack whose servers may be this one's, or may become another's by it."""
    yield from stack.names
    for move in stack.moved:
        for end in (move.before, move.after):
            other, _ = split_name(end)
            if other:
                yield from stack.beside.get(other, {other})


def rests_on_others(matched: MatchedAccount, options: PlanOptions) -> bool:
    """True if the plan may follow from servers that carry none of its stacks' tags, or from there
    being none, as far as it is matched."""
    return any(_is_unclear(one) or _looks_around(one, options) for one in matched.stacks)


def require_others(matched: MatchedAccount, options: PlanOptions) -> None:
    """Raises NotRead where only servers of some tags were read, and these stacks are not planned
    from them alone. The reading loop sees to it that this never happens."""
    account = matched.account
    if account.of_tags is None:
        return
    owners = {stack_tag(name) for one in matched.stacks for name in _find_owners(one.stack)}
    if options.is_destroy or not owners <= account.of_tags or rests_on_others(matched, options):
        _ = account.every_server


def lacks_servers(matched: MatchedAccount) -> bool:
    """True if who is who is not clear by the tags alone: a declared server is not there, or is not
    the stack's own yet, or something contradicts it."""
    return any(map(_is_unclear, matched.stacks))


def _is_unclear(one: MatchedStack) -> bool:
    found = {
        match.key
        for match in one.matches
        if match.spec is not None and match.live is not None and match.by in _BY_TAGS
    }
    return bool(one.conflicts) or any(spec.key not in found for spec in one.stack.servers)


def _looks_around(one: MatchedStack, options: PlanOptions) -> bool:
    """True if a check compares what is new of a server with what all others have."""
    return options.has_checks and any(
        _has_new_name(match.spec, match.live) or _has_new_tags(one.stack, match)
        for match in one.matches
        if match.spec is not None and match.live is not None
    )


def _has_new_name(spec: ServerSpec, live: LiveServer) -> bool:
    if "custom_name" not in spec.fields or "custom_name" in spec.lifecycle.ignored_fields:
        return False
    return clean_text(spec.value("custom_name")) != clean_text(live.custom_name)


def _has_new_tags(stack: Stack, match: Match) -> bool:
    spec, live = match.spec, match.live
    assert spec is not None
    assert live is not None
    own = build_ownership_tags(stack.name, spec.key, is_protected=spec.lifecycle.prevent_destroy)
    return not ({*own} <= {*live.tags} and _lower(spec.value("tags") or ()) <= _lower(live.tags))


def _lower(tags: Iterable[str]) -> set[str]:
    return {tag.lower() for tag in tags}
