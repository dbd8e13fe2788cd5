"""One block of a text plan: a server, or a fold of equal ones, and its changes."""

from collections.abc import Iterator, Mapping, Sequence

from ccloud_apply.model.results.plan import (
    DESTRUCTIVE,
    Action,
    FieldChange,
    Reversibility,
    ServerPlan,
    Step,
)
from ccloud_apply.model.text import count_of
from ccloud_apply.render.lib.escape import escape_short
from ccloud_apply.render.lib.style import DEFER_SYMBOL, SYMBOLS, Style
from ccloud_apply.render.lib.table import wrap_items
from ccloud_apply.render.lib.text_change import is_multi_line, render_text_change
from ccloud_apply.render.lib.timing_text import downtime_words
from ccloud_apply.render.lib.undo_text import tell_change, tell_server
from ccloud_apply.render.lib.value_text import SENSITIVE, format_tags, format_value, is_tag_change
from ccloud_apply.render.plan.fold import Fold
from ccloud_apply.render.plan.fold_names import name_runs, name_server
from ccloud_apply.render.plan.later import describe_deferred, destroyed_from

FIELD_MARGIN = " " * 6
_LONGEST_NAME = 24
_LONGEST_HEADING = 70
_WIDTH = 100
_MAX_REMARK = 400

_WORDS = {
    Action.CREATE: "will be created",
    Action.UPDATE: "will be updated",
    Action.REPLACE: "will be REPLACED: destroyed with all its data, then created again",
    Action.REINSTALL: "will be REINSTALLED: its system disk is wiped, everything else stays",
    Action.RESTORE: "will be restored: it is declared again, and no longer retired",
    Action.DESTROY: "will be DESTROYED with all its data",
    Action.ADOPT: "will be adopted: this stack manages it from now on",
    Action.UNCHANGED: "will be updated",
}
_MANY = {
    Action.ADOPT: "will be adopted: this stack manages them from now on",
    Action.RESTORE: "will be restored: they are declared again, and no longer retired",
}


def render_block(fold: Fold, steps: Mapping[str, Step], style: Style) -> tuple[str, ...]:
    """The heading, a line for each change, then the dangers and warnings."""
    return (
        _heading(fold, style),
        *_name_lines(fold),
        *_gone_lines(fold, style),
        *_change_lines(fold, style),
        *(f"{FIELD_MARGIN}{line}" for line in _danger_lines(fold, steps, style)),
        *(
            f"{FIELD_MARGIN}{style.yellow('! ' + escape_short(warning, _MAX_REMARK))}"
            for warning in fold.warnings
        ),
    )


def render_deferred(fold: Fold, style: Style) -> tuple[str, ...]:
    """The heading of what is put off, and a line for each change that it would be."""
    head = f"{style.bold(name_fold(fold))} {describe_deferred(fold)}"
    return (
        f"  {style.symbol(DEFER_SYMBOL)} {head}",
        *_name_lines(fold),
        *_change_lines(fold, style),
    )


def name_fold(fold: Fold) -> str:
    """`web-1 … web-3 (3 servers)`: the names; where those are too long, the first one and how
    many others there are."""
    if len(fold.servers) == 1:
        return name_server(fold.first)
    names = name_runs(fold.servers)
    if len(", ".join(names)) > _LONGEST_HEADING:
        return f"{name_server(fold.first)} and {count_of(len(fold.servers) - 1, 'other')}"
    joint = " and " if len(fold.servers) == 2 else ", "
    return f"{joint.join(names)} ({len(fold.servers):,} servers)"


def list_fold(fold: Fold) -> list[str]:
    """All names of a fold whose heading has no room for them; else nothing.

    Values that are listed for each server have the names beside them already.
    """
    names = name_runs(fold.servers) if len(fold.servers) > 1 and not fold.own else []
    return names if len(", ".join(names)) > _LONGEST_HEADING else []


def describe_action(fold: Fold) -> str:
    """The action in words that follow the names."""
    server = fold.first
    if server.action is Action.NOT_COMPARED:
        verb = "is" if len(fold.servers) == 1 else "are"
        return f"{verb} not compared: {escape_short(fold.why, _MAX_REMARK)}"
    if server.is_released and len(fold.servers) > 1:
        return "will be released: the servers stay, this stack no longer manages them"
    if server.is_released:
        return "will be released: the server stays, this stack no longer manages it"
    if server.action is Action.RETIRE:
        return (
            f"will be retired: off, and DESTROYED with all its data {destroyed_from(fold.servers)}"
        )
    return (_MANY if len(fold.servers) > 1 else _WORDS).get(server.action, _WORDS[server.action])


def list_own(change: FieldChange, fold: Fold) -> list[tuple[str, FieldChange]]:
    """The name of each server and its own change, where no pattern tells it."""
    each = fold.own.get(change.field, ())
    return [(name_server(server), own) for server, own in zip(fold.servers, each, strict=False)]


def describe_resting(server: ServerPlan) -> str:
    """What the server's steps wait for, in words."""
    names = ", ".join(map(escape_short, server.rests_on))
    verb = "is" if len(server.rests_on) == 1 else "are"
    return f"not made while {names} {verb} not compared"


def _heading(fold: Fold, style: Style) -> str:
    server = fold.first
    words = describe_action(fold)
    if server.action in DESTRUCTIVE:
        words = style.alarm(words)
    return f"  {style.symbol(SYMBOLS[server.action])} {style.bold(name_fold(fold))} {words}"


def _name_lines(fold: Fold) -> list[str]:
    return [
        f"{FIELD_MARGIN}{line}" for line in wrap_items(list_fold(fold), _WIDTH - len(FIELD_MARGIN))
    ]


def _change_lines(fold: Fold, style: Style) -> list[str]:
    names = [escape_short(change.field) for change in fold.changes]
    width = min(max(map(len, names), default=0), _LONGEST_NAME)
    is_new = fold.first.action is Action.CREATE
    lines = []
    for change, name in zip(fold.changes, names, strict=True):
        symbol = style.symbol(_change_symbol(change, is_new))
        texts = (change.before, change.after)
        if is_multi_line(*texts) and not change.is_sensitive:
            lines.append(f"{FIELD_MARGIN}{symbol} {name}{_remark(change, style)}")
            lines += (
                f"{FIELD_MARGIN}    {line}"
                for line in render_text_change(change.before, change.after, style)
            )
        elif each := list_own(change, fold):
            lines.append(f"{FIELD_MARGIN}{symbol} {name}  one for each:{_remark(change, style)}")
            owners = max(len(owner) for owner, _ in each)
            lines += (
                f"{FIELD_MARGIN}    {owner.ljust(owners)}  {_before_after(own, is_new)}"
                for owner, own in each
            )
        else:
            value = _value(change, is_new)
            text = f"{symbol} {name.ljust(width)}  {value}{_remark(change, style)}"
            lines.append(f"{FIELD_MARGIN}{text}")
    return lines


def _gone_lines(fold: Fold, style: Style) -> list[str]:
    """What the server is that goes: a deleted server is alone in its fold."""
    shown = list(describe_gone(fold.first, fold.currency))
    width = min(max((len(name) for name, _ in shown), default=0), _LONGEST_NAME)
    sign = style.symbol("-") if fold.first.action in DESTRUCTIVE else " "  # it stays for now
    return [f"{FIELD_MARGIN}{sign} {name.ljust(width)}  {value}" for name, value in shown]


def describe_gone(server: ServerPlan, currency: str | None = None) -> Iterator[tuple[str, str]]:
    """What goes with a server, or is made anew: names of fields and their values, harmless."""
    for fact in server.goes:
        yield escape_short(fact.field), format_value(fact.before, fact.kind, currency)


def _change_symbol(change: FieldChange, is_new: bool) -> str:
    if is_new:
        return "+"
    if change.is_sensitive or is_tag_change(change):
        return "~"
    if change.before is None:
        return "+"
    return "-" if change.after is None else "~"


def _value(change: FieldChange, is_new: bool) -> str:
    if change.is_sensitive:
        return SENSITIVE
    if is_tag_change(change):
        return format_tags(change)
    return _before_after(change, is_new)


def _before_after(change: FieldChange, is_new: bool) -> str:
    after = format_value(change.after, change.kind)
    if change.before is None and (is_new or change.after is not None):
        return after
    return f"{format_value(change.before, change.kind)} -> {after}"


def _remark(change: FieldChange, style: Style) -> str:
    remarks = [style.alarm("# forces replacement")] if change.forces_replace else []
    if change.is_destructive:
        remarks.append(style.alarm("# destroys data"))
    if change.note:
        remarks.append(style.dim(f"# {escape_short(change.note, _MAX_REMARK)}"))
    if undo := tell_change(change):
        paint = style.alarm if change.reversibility is Reversibility.IRREVERSIBLE else style.caution
        remarks.append(paint(f"# {undo}"))
    return "".join(f"  {remark}" for remark in remarks)


def _danger_lines(fold: Fold, steps: Mapping[str, Step], style: Style) -> list[str]:
    server = fold.first
    own = [steps[id] for id in server.steps if id in steps]
    lines = []
    destructive = _operations([step for step in own if step.is_destructive])
    if destructive and server.action not in DESTRUCTIVE:
        words = "DESTROYS DATA" if server.loses_data else "DELETES SNAPSHOTS"
        lines.append(style.alarm(f"! {words}: {destructive}"))
    if server.is_stopped:
        stops = _operations([step for step in own if step.causes_downtime])
        words = f"! DOWNTIME {downtime_words(server)}"
        lines.append(style.caution(f"{words}: {stops}" if stops else words))
    if undo := tell_server(server):
        lines.append(style.caution(f"! {undo}"))
    if server.rests_on:
        lines.append(style.yellow(f"! {describe_resting(server)}"))
    if server.is_busy and not server.why:
        lines.append(style.yellow("! busy: someone else's task is running on it"))
    return lines


def _operations(steps: Sequence[Step]) -> str:
    return ", ".join(dict.fromkeys(escape_short(step.operation) for step in steps))
