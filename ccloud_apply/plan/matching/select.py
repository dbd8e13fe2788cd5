"""Which servers of a stack a plan concerns: --target and --exclude, with what depends on what."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase

from ccloud_apply.errors import UsageError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.reference import Reference
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.live.account import Account
from ccloud_apply.model.results.plan import PlanAccount
from ccloud_apply.plan.matching.ignored import settle_ignored, warn_ignored
from ccloud_apply.plan.matching.index import AccountIndex, index_account
from ccloud_apply.plan.matching.match import Asked, Match, match_servers
from ccloud_apply.plan.matching.moves import possible_bases
from ccloud_apply.plan.matching.needs import Needs, find_needs
from ccloud_apply.plan.matching.owned import stay_apart
from ccloud_apply.plan.matching.retirement import find_retirement, read_mark


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOptions:
    """How to plan. `target`, `exclude`, `replace`, `accept` and `retry` are globs over keys; the
    key of an entry with count or for_each means all that it expands to.

    A server of `replace` is destroyed and created anew. One of `accept` whose build failed is taken
    as it is. For one of `retry`, fields that the platform did not take are tried once more.

    `allow_destroy` raises the cap on destroyed servers for this plan to that number; 0 allows none.
    `has_fingerprints` asks for what a saved plan needs; it costs as much as all the rest.
    `has_unchanged` asks for the values of fields that stay as they are. `no_checks` are the codes
    of checks that are not made, and without `has_checks` none is. `weak_secrets` are the passwords
    that are known to be too short. `is_verification` asks what an apply has left to do: a target
    that is gone by then is no mistake. `leaves_busy` plans nothing for a server that is busy: it
    was waited for in vain. `due_marks` are marks, by the id of the server, that could not be set
    and that count as if they were. `account` says how the account was reached, so that the plan
    can name it. `account_doubt` says why it may not be the one that is expected: then a plan that
    creates, replaces or destroys is held, unless `is_account_accepted`.

    `moment` is the instant by which windows and freezes are judged, None for the one at which the
    account was read. `today` is the day (UTC) by which ignored changes end and retired servers go,
    None for that of the moment: a saved plan keeps its own. `retires_now` destroys at once what
    would wait. `is_deferring` leaves out what may not happen at the moment, instead of holding the
    plan. `override_window` is the reason why windows and freezes do not count; empty if they do.
    """

    target: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    replace: tuple[str, ...] = ()
    accept: tuple[str, ...] = ()
    retry: tuple[str, ...] = ()
    is_destroy: bool = False
    allow_destroy: int | None = None
    has_fingerprints: bool = False
    has_unchanged: bool = False
    no_checks: frozenset[str] = frozenset()
    has_checks: bool = True
    weak_secrets: frozenset[Reference] = frozenset()
    is_verification: bool = False
    leaves_busy: bool = False
    due_marks: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    account: PlanAccount | None = None
    account_doubt: str | None = None
    is_account_accepted: bool = False
    today: date | None = None
    moment: datetime | None = None
    retires_now: bool = False
    is_deferring: bool = False
    override_window: str = ""

    def __post_init__(self) -> None:
        """Raises UsageError for a text where globs are meant: it would be read letter by letter."""
        for name in ("target", "exclude", *Asked):
            if isinstance(getattr(self, name), str):
                what = f"{name}: a text is not a list of globs"
                raise UsageError(what, hint=f'write ("{getattr(self, name)}",)')


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedStack:
    """A stack with the matches of all its servers, and those of them that the options ask for.

    The stack and the servers are as they count on the day of the plan. `warnings` say what
    was told when it was loaded, and which ignored changes have ended, or end soon.
    """

    stack: Stack
    matches: tuple[Match, ...]
    selected: tuple[Match, ...]
    conflicts: tuple[Diagnostic, ...]
    warnings: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedAccount:
    """An account as far as it was read, with the matches of every stack of a run."""

    index: AccountIndex
    stacks: tuple[MatchedStack, ...]

    @property
    def account(self) -> Account:
        """The account itself."""
        return self.index.account

    @property
    def env(self) -> str | None:
        """The environment that the stacks were loaded for."""
        return next((one.stack.env for one in self.stacks), None)


def match_account(
    stacks: Sequence[Stack], account: Account, options: PlanOptions
) -> MatchedAccount:
    """Every stack, matched with the account and selected from: once a round, and passed on."""
    index = index_account(account)
    day = find_day(account, options)
    return MatchedAccount(
        index=index, stacks=tuple(_match_stack(stack, index, options, day) for stack in stacks)
    )


def find_day(account: Account, options: PlanOptions) -> date:
    """The day of the plan, in UTC."""
    return options.today or find_moment(account, options).date()


def find_moment(account: Account, options: PlanOptions) -> datetime:
    """The instant by which the plan is judged, in UTC."""
    moment = options.moment or account.read_at
    return moment.astimezone(UTC)


def _match_stack(
    stack: Stack, index: AccountIndex, options: PlanOptions, day: date
) -> MatchedStack:
    given = stay_apart(stack) if options.is_destroy else stack
    stack = settle_ignored(given, day)
    found, conflicts = match_servers(stack, index)
    matches = _tell_retirement(stack, _tell_asked(found, options), options, day)
    selected = select_matches(stack, matches, options)
    keys = {match.key for match in selected if match.live is not None}
    return MatchedStack(
        stack=stack,
        matches=matches,
        selected=selected,
        conflicts=conflicts,
        warnings=(
            *stack.warnings,
            *warn_ignored((s for s in given.servers if s.key in keys), day),
        ),
    )


def _tell_asked(matches: tuple[Match, ...], options: PlanOptions) -> tuple[Match, ...]:
    """The matches, each with what the options ask for it."""
    patterns = {asked: getattr(options, asked) for asked in Asked}
    if not any(patterns.values()):
        return matches
    names = names_by_key(matches)
    keys = {asked: _named(names, globs) for asked, globs in patterns.items() if globs}
    return tuple(
        replace(match, asked=frozenset(asked for asked, of in keys.items() if match.key in of))
        for match in matches
    )


def _tell_retirement(
    stack: Stack, matches: tuple[Match, ...], options: PlanOptions, day: date
) -> tuple[Match, ...]:
    """The matches, with the ends of those that are given up and of those that were before."""

    def tell(match: Match) -> Match:
        live, spec = match.live, match.spec
        if live is None or match.by not in ("tags", "moved") or match.is_released:
            return match
        if spec is not None and not options.is_destroy:
            found = read_mark(live)
        elif options.retires_now:
            found = None
        else:
            found = find_retirement(live, spec, stack.policy, day)
        return match if found is None else replace(match, retirement=found)

    return tuple(map(tell, matches))


def select_matches(
    stack: Stack, matches: Sequence[Match], options: PlanOptions
) -> tuple[Match, ...]:
    """The matches that the options ask for.

    A target brings what it depends on; an exclusion takes along what depends on it (the other way
    round where everything is destroyed).
    """
    if not options.target and not options.exclude:
        return tuple(matches)
    needs: Needs = {match.key: _depends_on(match) for match in matches}
    if options.is_destroy:
        needs = _reverse(find_needs(stack, matches))
    names = names_by_key(matches)
    keys = {match.key for match in matches}
    if options.target:
        keys = _closure(_named(names, options.target), needs)
    if options.exclude:
        keys -= _closure(_named(names, options.exclude), _reverse(needs))
    return tuple(match for match in matches if match.key in keys)


def names_by_key(matches: Iterable[Match]) -> Mapping[str, tuple[str, ...]]:
    """What --target and --exclude may call each server: its key, that before its count, and that of
    its repeated entry, to which a live server that the entry no longer makes belongs as well."""
    matches = tuple(matches)
    specs = {match.key: match.spec for match in matches if match.spec is not None}
    repeated = {spec.base_key: () for spec in specs.values() if spec.base_key != spec.key}
    grouped = {s.group_key: (s.base_key,) for s in specs.values() if s.group_key}
    above: dict[str, tuple[str, ...]] = {**repeated, **grouped}
    names = {}
    for match in matches:
        spec = specs.get(match.key)
        if spec is None:
            bases: Iterable[str] = possible_bases(match.key)
        else:
            bases = (spec.group_key or spec.base_key,)
        found = next(((base, *above[base]) for base in bases if base in above), ())
        names[match.key] = (match.key, *found)
    return names


def unmatched_patterns(names: Iterable[str], options: PlanOptions) -> tuple[tuple[str, str], ...]:
    """The globs that name no server, each after its option.

    What asks for something to be done where it is needed may name all servers of no stack: only a
    key of --accept and --retry has to be one.
    """
    known = tuple(names)
    return tuple(
        (f"--{name}", pattern)
        for name in ("target", "exclude", *Asked)
        for pattern in getattr(options, name)
        if not any(fnmatchcase(key, pattern) for key in known)
        if name not in (Asked.ACCEPT, Asked.RETRY) or not _is_glob(pattern)
    )


def _is_glob(pattern: str) -> bool:
    return any(sign in pattern for sign in "*?[")


def _depends_on(match: Match) -> tuple[str, ...]:
    return match.spec.depends_on if match.spec is not None else ()


def _reverse(needs: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    reverse: dict[str, list[str]] = {key: [] for key in needs}
    for key, others in needs.items():
        for other in others:
            reverse.setdefault(other, []).append(key)
    return {key: tuple(others) for key, others in reverse.items()}


def _named(names: Mapping[str, Iterable[str]], patterns: Iterable[str]) -> set[str]:
    patterns = tuple(patterns)
    return {
        key
        for key, called in names.items()
        if any(fnmatchcase(name, pattern) for name in called for pattern in patterns)
    }


def _closure(start: set[str], edges: Mapping[str, tuple[str, ...]]) -> set[str]:
    found = set(start)
    todo = list(start)
    while todo:
        for key in edges.get(todo.pop(), ()):
            if key not in found:
                found.add(key)
                todo.append(key)
    return found
