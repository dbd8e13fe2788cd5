"""What a plan needs of the account, as far as it is known by now: one function, asked every round.

A plan reads only fields that a stack declares, and only servers that match one. How an account is
read belongs to `api/`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import field

from ccloud_apply.aspects.base import Aspect
from ccloud_apply.aspects.lib.power_state import STATE
from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.stack import ServerSpec, Stack
from ccloud_apply.model.live.account import Account, LiveServer
from ccloud_apply.model.live.read import ALWAYS, SERVERS, Read
from ccloud_apply.model.ownership import read_marks, split_name, stack_tag
from ccloud_apply.operations import OPERATIONS
from ccloud_apply.plan.account import own_reads
from ccloud_apply.plan.checks.lib.base import Use
from ccloud_apply.plan.checks.reads import (
    addresses_of_subnets,
    catalogue_reads,
    images_of_others,
    server_catalogue_reads,
    uses_changed,
    uses_created,
)
from ccloud_apply.plan.diff.compare import (
    POOLS,
    build_catalogues,
    is_other_pool,
    is_to_be_destroyed,
)
from ccloud_apply.plan.diff.diff import diff_server
from ccloud_apply.plan.diff.marks import is_held_incomplete
from ccloud_apply.plan.diff.retire import is_restored
from ccloud_apply.plan.diff.translate import names_to_read, translate_names
from ccloud_apply.plan.matching.match import Asked, Match
from ccloud_apply.plan.matching.select import MatchedAccount, PlanOptions
from ccloud_apply.plan.safety_snapshot import find_kinds
from ccloud_apply.plan.scope import lacks_servers, rests_on_others, tag_reads

_SNAPSHOTS = "list_server_snapshots"
"""They go with a server that is destroyed, and a snapshot before a change is one more of them."""

_POOLS = Read(POOLS, is_optional=True)
"""It tells whether another pool is only another name of the same one."""

OF_ACCOUNT = frozenset(
    one.id for one in OPERATIONS.values() if one.repeat == "read" and "{hostname}" not in one.path
)
"""Reads that tell a part of every server at once."""

_READS_MORE = frozenset(
    name for name, aspect in ASPECTS.items() if type(aspect).more_reads is not Aspect.more_reads
)


def wanted(
    matched: MatchedAccount, options: PlanOptions, *, reads_tags: bool = False
) -> frozenset[Read]:
    """Everything that a plan of these stacks needs, as far as this account can tell.

    What is read may show what else is needed: read what the account does not know, and ask again,
    until it knows all. With `reads_tags` that may be the servers of the stacks' tags alone, as far
    as their plan is then the one that is made from all servers.
    """
    account = matched.account
    stacks = [one.stack for one in matched.stacks]
    whole = _whole_reads(stacks, options)
    every = Read(SERVERS)
    is_by_tag = reads_tags and every not in account.known
    of_tags = tag_reads(stacks, options) if is_by_tag else frozenset()
    if of_tags and not (of_tags <= account.known and lacks_servers(matched)):
        whole = whole - {every} | of_tags
    if not whole <= account.known:
        return whole
    again = frozenset(_reads_by_tag(matched, options))
    if not again <= account.known:
        return whole | again
    needs = _Needs(account=account, options=options, reads={*whole, *again})
    for one in matched.stacks:
        for match in one.selected:
            needs.add(one.stack, match)
    needs.add_catalogues()
    if every not in whole and (needs.is_about_others or rests_on_others(matched, options)):
        needs.reads.add(every)
    return frozenset(needs.reads)


def _whole_reads(stacks: Sequence[Stack], options: PlanOptions) -> frozenset[Read]:
    """What is asked once for the account, whatever it holds."""
    if options.is_destroy:
        return ALWAYS
    declared = {name for stack in stacks for spec in stack.servers for name in spec.fields}
    operations = {operation for stack in stacks for operation in own_reads(stack, options)}
    operations.update(*(ASPECTS[name].account_reads for name in declared))
    return ALWAYS.union(map(Read, operations))


def _reads_by_tag(matched: MatchedAccount, options: PlanOptions) -> Iterator[Read]:
    """The server list once more, for each stack that would miss a server, by the stack's tag.

    A server that slips to an earlier page while another one comes leaves no trace in the total.
    Of a destroy nothing may be left, so it asks for every stack.
    """
    if not matched.account.is_paged:
        return
    for one in matched.stacks:
        is_missing = any(match.live is None for match in one.matches)
        if is_missing or options.is_destroy:
            for name in sorted(_names_of_owners(one.stack)):
                yield Read(SERVERS, tag=stack_tag(name))


def _names_of_owners(stack: Stack) -> Iterator[str]:
    """The stack's own names, and those of the stacks that servers come from."""
    yield from stack.names
    givers = {giver for move in stack.moved if (giver := split_name(move.before)[0])}
    for giver in givers - set(stack.names):
        yield from stack.beside.get(giver, {giver})


@dataclass(slots=True, kw_only=True)
class _Needs:
    """What is wanted so far; `uses` and `created` say which catalogues the checks need."""

    account: Account
    options: PlanOptions
    reads: set[Read]
    uses: set[Use] = field(default_factory=set)
    created: list[ServerSpec] = field(default_factory=list)
    is_creating: bool = False

    @property
    def is_about_others(self) -> bool:
        """True if the plan may follow from servers of nobody in the run: those that the audit of
        creates looks for, and those on their way out, whose room may be needed."""
        resources = self.account.resources
        is_bounded = resources is not None and resources.is_limited
        return self.is_creating or (is_bounded and "sizes" in self.uses)

    def add(self, stack: Stack, match: Match) -> None:
        """What this match needs."""
        live, spec = match.live, match.spec
        parts: frozenset[str] = frozenset()
        if is_held_incomplete(match):  # half a server may not tell all that is declared
            return
        if match.task is not None and spec is not None and not self.options.is_destroy:
            return  # it is not compared
        if live is not None and live.hostname and not live.is_building:
            parts = self._find_parts(stack, match, live)
            self.reads.update(_read_of(part, live.hostname) for part in parts)
        if spec is None or self.options.is_destroy or not self._is_pool_clear(match):
            return
        is_created = live is None or is_to_be_destroyed(stack, match, self.account)
        self.is_creating = self.is_creating or is_created
        if is_created:  # no check, so nothing leaves it out
            names = names_to_read(spec, build_catalogues(self.account))
            self.reads.update(Read(name, is_optional=True) for name in names)
        if not self.options.has_checks:
            return
        if is_created:
            self.uses.update(uses_created(spec))
            self.created.append(spec)
        elif live is not None and not live.is_building:
            uses = set(uses_changed(spec, live))
            if not parts <= live.parts.keys():  # what is in its drives is not certain yet
                uses.discard("dvds")
            self.uses |= uses
            self.reads.update(server_catalogue_reads(uses, live, self.options.no_checks))

    def add_catalogues(self) -> None:
        """What the checks need of all servers together."""
        no_checks = self.options.no_checks
        self.reads |= catalogue_reads(self.uses, no_checks)
        self.reads.update(images_of_others(self.created, self.account, no_checks))
        if self.account.subnets:
            catalogues = build_catalogues(self.account)
            translated = [translate_names(spec, catalogues).spec for spec in self.created]
            self.reads.update(addresses_of_subnets(translated, self.account, no_checks))

    def _find_parts(self, stack: Stack, match: Match, live: LiveServer) -> frozenset[str]:
        """Operations to call for one live server that is no longer being built."""
        spec, options = match.spec, self.options
        is_owned = match.by != "hostname" and not match.is_released
        if options.is_destroy or spec is None:
            return _find_end_reads(match) if is_owned else frozenset()
        if Asked.REPLACE in match.asked and read_marks(live.tags).is_incomplete:
            return frozenset({_SNAPSHOTS}) if is_owned else frozenset()
        parts = frozenset(_declared_reads(spec, live))
        if is_restored(match):
            parts |= {STATE}
        if parts <= live.parts.keys():
            parts = parts.union(_more_reads(spec, live))
        if not self._is_pool_clear(match):
            self.reads.add(_POOLS)
        elif is_owned and is_to_be_destroyed(stack, match, self.account):
            parts |= {_SNAPSHOTS}
        elif spec.lifecycle.snapshot_before and parts <= live.parts.keys():
            diff, _ = diff_server(stack, match, self.account)
            parts |= {_SNAPSHOTS} if find_kinds(diff) else frozenset()
        return parts

    def _is_pool_clear(self, match: Match) -> bool:
        """False while it is not known whether the live server is in another pool than declared."""
        if match.spec is None or match.live is None or _POOLS in self.account.known:
            return True
        return not is_other_pool(match.spec, match.live)


def _find_end_reads(match: Match) -> frozenset[str]:
    """For a server that is given up: what goes with it, or whether it is to be shut down."""
    if match.retirement is None or not match.waits:
        return frozenset({_SNAPSHOTS})
    return frozenset() if match.retirement.problem else frozenset({STATE})


def _read_of(operation_id: str, hostname: str) -> Read:
    """What tells a part of a server: a read of it, or one of the whole account."""
    return Read(operation_id) if operation_id in OF_ACCOUNT else Read(operation_id, hostname)


def _declared_reads(spec: ServerSpec, live: LiveServer) -> Iterator[str]:
    for name in spec.fields.keys() - spec.lifecycle.ignored_fields:
        yield from ASPECTS[name].server_reads(spec, live)


def _more_reads(spec: ServerSpec, live: LiveServer) -> Iterator[str]:
    for name in _READS_MORE & spec.fields.keys() - spec.lifecycle.ignored_fields:
        yield from ASPECTS[name].more_reads(spec, live)
