"""The words that all formats of a drift report share: changes, names, counts.

Every text from here is one harmless line. The modules named after the formats add markup and escape
the text for it.
"""

from collections.abc import Iterable, Mapping

from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.live.account import Task
from ccloud_apply.model.results.drift import (
    DriftedServer,
    DriftReport,
    ExtraServer,
    OtherStack,
    ResolvedKind,
    RetiredServer,
    StackDrift,
    UncomparedServer,
    UnmanagedServer,
)
from ccloud_apply.model.results.plan import ACCOUNT
from ccloud_apply.model.text import count_of, join_names
from ccloud_apply.render.lib.account_line import account_line
from ccloud_apply.render.lib.escape import escape_short
from ccloud_apply.render.lib.moments import moment_words
from ccloud_apply.render.lib.shown_change import ShownChange, list_tags, show_change
from ccloud_apply.render.lib.value_text import format_value
from ccloud_apply.render.other.diagnostics_text import locate

_MAX_RESOLVED = 50
_MAX_WHY = 400
_MAX_FIELDS = 20
_MAX_CALM = 20
"""The most stacks without anything to tell that have a heading each."""
_MAX_NAMES = 10

_RESOLVED: Mapping[ResolvedKind, str] = {
    "drifted": "is no longer drifted",
    "missing": "is no longer missing",
    "extra": "is no longer extra",
    "not_compared": "is compared again",
}

HEADING = "Live against declared"
SET_SIGNS = "+ declared, - live"
"""What the signs before the items of a set mean."""

NO_OTHERS = "Every server in the account belongs to a stack."


def show_drift(server: DriftedServer) -> list[ShownChange]:
    """A drifted server's changes in words, each with the task that may have made it."""
    causes = {field: _describe_cause(task) for field, task in server.causes.items()}
    return [show_change(change, causes.get(change.field, "")) for change in server.changes]


def name_live(hostname: str | None) -> str:
    """A live server's hostname, or words for a server that has none yet."""
    return "a server without a hostname" if hostname is None else escape_short(hostname)


def name_declared(key: str, hostname: str | None) -> str:
    """`web-1 (vs10001)`; the account itself never has a hostname."""
    if key == ACCOUNT:
        return escape_short(key)
    return f"{escape_short(key)} ({name_live(hostname)})"


def name_unmanaged(server: UnmanagedServer) -> str:
    """`vs10001 "intranet", tags production, web`."""
    name = name_live(server.hostname)
    if server.custom_name:
        name += f" {format_value(server.custom_name)}"
    return f"{name}, tags {list_tags(server.tags)}" if server.tags else name


def name_other(other: OtherStack) -> str:
    """`gone: 1 server`; the name is as the tags spell it, and a tag may name nothing."""
    return f"{name_other_stack(other)}: {count_of(other.servers, 'server')}"


def name_other_stack(other: OtherStack) -> str:
    """The name as the tags spell it, in quotation marks where it is no plain word."""
    return format_value(other.stack)


def describe_why(server: UncomparedServer) -> str:
    """Why the server is not compared."""
    return escape_short(server.why, _MAX_WHY)


def describe_extra(server: ExtraServer, key: str = "") -> str:
    """`carries the stack's tag and is not declared`, with the `key` that the tag names if given,
    and with what comes of a server that has been retired."""
    named = f" as {escape_short(key)}" if key else ""
    why = f": {escape_short(server.why, _MAX_WHY)}" if server.why else ""
    return f"carries the stack's tag{named} and is not declared{why}"


def describe_retired(server: RetiredServer) -> str:
    """`is retired: it may be destroyed from 2027-04-01 (UTC) on`."""
    return f"is retired: it may be destroyed from {server.retires.isoformat()} (UTC) on"


def describe_restored(server: DriftedServer) -> str:
    """What an apply does to a server that was retired and is declared again; else nothing."""
    if not server.is_retired:
        return ""
    day = "" if server.retires is None else f" (due {server.retires.isoformat()})"
    return f"is retired{day} and declared again: apply restores it"


def unknown_fields(stack: StackDrift) -> dict[str, str]:
    """By key, the fields of each compared server whose live value cannot be told."""
    return {found.key: name_fields(found.fields) for found in stack.unknown}


def describe_task(task: Task) -> str:
    """`2027-01-01 03:00 UTC update by somebody: done (task 17)`, without unknown parts."""
    when = f"{moment_words(task.created_at)} " if task.created_at else ""
    who = f" by {escape_short(task.username)}" if task.username else ""
    return f"{when}{escape_short(task.action)}{who}: {escape_short(task.status)} (task {task.id})"


def _describe_cause(task: Task) -> str:
    """`by jane since 2027-01-01 03:00 UTC`, without unknown parts."""
    who = f"by {escape_short(task.username)}" if task.username else ""
    when = f"since {moment_words(task.created_at)}" if task.created_at else ""
    return " ".join(filter(None, (who, when))) or f"task {task.id}"


def since_sentences(report: DriftReport) -> list[str]:
    """The comparison with an earlier report; empty if there was none."""
    since = report.since
    if since is None:
        return []
    if since.read_at is None:
        return ["No earlier report: everything is new."]
    resolved = [
        f"Resolved: {escape_short(gone.stack)}: {escape_short(gone.name)} {_RESOLVED[gone.kind]}"
        for gone in since.resolved[:_MAX_RESOLVED]
    ]
    rest = len(since.resolved) - len(resolved)
    if rest > 0:
        resolved.append(f"Resolved: {rest:,} more")
    when = moment_words(since.read_at)
    unlooked = f", {since.not_looked_at:,} not looked at" if since.not_looked_at else ""
    counts = f"{since.known:,} known, {len(since.resolved):,} resolved{unlooked}"
    return [*resolved, f"Since {when}: {counts}."]


def describe_warning(warning: Diagnostic) -> str:
    """The warning with its place."""
    return locate(warning)


def count_words(stacks: Iterable[StackDrift]) -> str:
    """`1 drifted, 0 missing, 2 extra; 5 in sync`, and the numbers of those that are retired and not
    compared, and the fields that were not looked at, if any."""
    stacks = tuple(stacks)
    drifted = sum(len(stack.entries) for stack in stacks)
    missing = sum(len(stack.missing) for stack in stacks)
    extra = sum(len(stack.extra) for stack in stacks)
    in_sync = sum(len(stack.in_sync) for stack in stacks)
    rest = {
        "retired": sum(len(stack.retired) for stack in stacks),
        "not compared": sum(len(stack.not_compared) for stack in stacks),
    }
    text = f"{drifted:,} drifted, {missing:,} missing, {extra:,} extra; {in_sync:,} in sync"
    text = ", ".join((text, *(f"{count:,} {name}" for name, count in rest.items() if count)))
    unlooked = name_fields(dict.fromkeys(name for one in stacks for name in one.not_looked_at))
    return f"{text}; not looked at: {unlooked}" if unlooked else text


def fold_calm(
    stacks: tuple[StackDrift, ...],
) -> tuple[tuple[StackDrift, ...], tuple[StackDrift, ...]]:
    """The stacks of which something is told, and the others if they are many: these share a line,
    so that nobody has to look for the former between them."""
    calm = tuple(filter(_is_calm, stacks))
    if len(calm) <= _MAX_CALM:
        return stacks, ()
    return tuple(one for one in stacks if not _is_calm(one)), calm


def _is_calm(stack: StackDrift) -> bool:
    told = (stack.retired, stack.unknown, stack.ignored, stack.warnings)
    return stack.matches and not any(told)


def describe_calm(report: DriftReport, stacks: tuple[StackDrift, ...]) -> str:
    """`980 stacks without drift (a, b and 978 more)`, of those that `fold_calm` found in the
    report; the numbers are `count_words`."""
    new = "new " if report.since is not None else ""
    where = " in the lists" if any(stack.not_looked_at for stack in stacks) else ""
    names = join_names((escape_short(stack.stack) for stack in stacks), most=_MAX_NAMES)
    return f"{count_of(len(stacks), 'stack')} without {new}drift{where} ({names})"


def conclude(report: DriftReport) -> str:
    """One sentence for the whole report."""
    return f"{headline(report)}: {count_words(report.stacks)}."


def name_fields(fields: Iterable[str]) -> str:
    """`disks, power`; empty for none."""
    return join_names(map(escape_short, fields), most=_MAX_FIELDS)


def describe_unlooked(stack: StackDrift) -> str:
    """`disks, power are not looked at, because of --lists-only`; empty where all is."""
    if not stack.not_looked_at:
        return ""
    verb = "is" if len(stack.not_looked_at) == 1 else "are"
    names = name_fields(stack.not_looked_at)
    return f"{names} {verb} not looked at, because of --lists-only"


def headline(report: DriftReport) -> str:
    """The report in a few words. What is not compared is never called free of drift."""
    new = "new " if report.since is not None else ""
    if report.has_drift:
        return f"{new}drift".capitalize()
    if not report.matches:
        return "Not all servers are compared"
    return f"No {new}drift in the lists" if report.not_looked_at else f"No {new}drift"


def source_words(report: DriftReport) -> str:
    """Which account was read, when, and by which version."""
    return account_line(report.account, report.read_at, report.env)
