"""Live servers to the mapping of a stack file whose plan is adoption and nothing else.

A field is written if the file may hold its value and the field, so declared, compares equal to the
live server: the plan's own comparison decides. Which servers are taken belongs to
`export_selection.py`, how YAML is spelled to the loader's side.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import jsonschema_rs

from ccloud_apply.aspects.base import Comparison, clean_text
from ccloud_apply.aspects.fields.devices.drives import name_of
from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.declared.stack import Declared, ServerSpec
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.live.account import (
    Account,
    BootDevice,
    Image,
    LiveDisk,
    LiveServer,
    Schedule,
)
from ccloud_apply.model.ownership import is_ownership_tag, read_ownership
from ccloud_apply.model.results.plan import Action, StackPlan
from ccloud_apply.plan.checks.lib.run import find_refused
from ccloud_apply.plan.views.export_selection import Choice

ACCOUNT_READS = frozenset({"list_os", "list_snapshot_schedules"})
SERVER_READS = frozenset(
    {"list_server_disks", "get_server_state", "list_server_dvds", "get_server_boot_order"}
)
"""What has to be read for an export: once, and of every exported server."""

MAX_TEXT = 256 * 1024
"""Characters of one text that the loader takes, each `${` counted as the four that it becomes."""

_POWER = {"Running": "running", "Off": "off"}
_HERE = SourceRange("", 1, 1)


def export_reads(choice: Choice) -> Mapping[str, frozenset[str]]:
    """Operations to call per chosen server, by hostname; one that is being built is left alone."""
    return {
        live.hostname: SERVER_READS
        for live in choice.servers.values()
        if live.hostname and not live.is_building
    }


def build_export(
    choice: Choice, account: Account
) -> tuple[Mapping[str, Any], tuple[Diagnostic, ...]]:
    """The stack file as plain values, and a warning for every field that it cannot hold.

    Raises NotRead if the account lacks a part that `export_reads` names.
    """
    by_id = {server.id: server for server in account.servers}
    servers: dict[str, Any] = {}
    warnings: list[Diagnostic] = []
    for key, chosen in choice.servers.items():
        live = by_id[chosen.id]
        is_own = key in choice.owned
        servers[key], found = _export_server(key, live, account.images or (), is_own=is_own)
        warnings += found
    return {"stack": choice.stack, "servers": servers}, tuple(warnings)


def find_surprises(plan: StackPlan) -> tuple[str, ...]:
    """What a plan of an export does beside adopting: the export's promise, checked."""
    surprises = [
        f"{server.hostname or server.key}: {change.field}"
        for server in plan.servers
        for change in server.changes
        if server.action is not Action.ADOPT or change.field != "tags"
    ]
    surprises += [
        f"{server.hostname or server.key}: {server.action}"
        for server in plan.servers
        if server.action not in (Action.ADOPT, Action.UNCHANGED)
    ]
    return tuple(dict.fromkeys(surprises))


def _export_server(
    key: str, live: LiveServer, images: tuple[Image, ...], *, is_own: bool
) -> tuple[Mapping[str, Any], list[Diagnostic]]:
    entry: dict[str, Any] = {} if is_own else {"hostname": live.hostname}
    if live.is_building or live.hostname is None:
        what = "it is still being built: export again once that is done"
        return entry, [_warn("field-skipped", live.name, what)]
    wished = {name: value for name, value in _read_fields(live, images).items() if value}
    spec = _build_spec(key, {n: v for n, v in wished.items() if _fits(n, v)})
    warnings = []
    for name, value in wished.items():
        reason = _reason_to_skip(name, spec, live, images)
        if reason:
            what = f"{name} is left out, so it is not managed: {reason}"
            warnings.append(_warn("field-skipped", live.name, what))
        else:
            entry[name] = value
    if read_ownership(live.tags).is_protected:
        entry["lifecycle"] = {"prevent_destroy": True}
    return entry, warnings


def _read_fields(live: LiveServer, images: tuple[Image, ...]) -> dict[str, Any]:
    """Every field as the live server has it, in the order in which a stack file names them."""
    disks: tuple[LiveDisk, ...] = live.part("list_server_disks")
    return {
        "custom_name": clean_text(live.custom_name),
        "description": _as_block(live.description),
        "pool": clean_text(live.pool),
        "type": clean_text(live.type),
        "image": _find_image(live, images),
        "cores": live.cores,
        "memory": live.memory_gb,
        "disks": [disk.size_gb for disk in disks],
        "dvds": [name_of(drive) for drive in live.part("list_server_dvds") if drive.path],
        "boot_order": _show_boot_order(live.part("get_server_boot_order"), disks),
        "tags": sorted({tag for tag in live.tags if not is_ownership_tag(tag)}),
        "addons": {name: count for name, count in sorted(live.addons.items()) if count > 0},
        "scheduled_snapshots": _show_schedule(live.part("list_snapshot_schedules")),
        "notes": _as_block(live.notes),
        "power": _POWER.get(live.part("get_server_state")),
    }


def _as_block(text: str | None) -> str | None:
    """A text of several lines ends with a line break, as in every file; the field ignores it."""
    cleaned = clean_text(text)
    return f"{cleaned}\n" if cleaned and "\n" in cleaned else cleaned


def _find_image(live: LiveServer, images: tuple[Image, ...]) -> str | None:
    """The one image of the catalogue that has the live system's name; several leave a doubt."""
    name = clean_text(live.os_name)
    found = [image.image for image in images if name and clean_text(image.name) == name]
    return found[0] if len(found) == 1 else None


def _show_boot_order(devices: Sequence[BootDevice], disks: Sequence[LiveDisk]) -> list[str] | None:
    """What is tried first, where that is not the system disk, which goes without saying."""
    if not devices or not disks or devices[0].device in (None, disks[0].id):
        return None
    return [devices[0].name]


def _show_schedule(schedule: Schedule | None) -> Mapping[str, Any] | None:
    if schedule is None:
        return None
    run = schedule.next_run
    # The file names minutes; a run between two of them has no phase that could be written.
    if run is None or run.microsecond or run.year < 1000:
        return {"frequency": schedule.frequency}
    return {"frequency": schedule.frequency, "next_run": run.strftime("%Y-%m-%d %H:%M")}


def _build_spec(key: str, fields: Mapping[str, Any]) -> ServerSpec:
    return ServerSpec(
        key=key,
        base_key=key,
        source=_HERE,
        fields={n: Declared(ASPECTS[n].normalise(v, ""), _HERE) for n, v in fields.items()},
    )


def _reason_to_skip(
    name: str, spec: ServerSpec, live: LiveServer, images: tuple[Image, ...]
) -> str:
    """Why a field cannot be declared as it is, or nothing."""
    if not spec.declares(name):
        return "a stack file cannot hold the value that it has"
    aspect = ASPECTS[name]
    problems = [p for p in aspect.check(spec.value(name), spec) if p.severity is Severity.ERROR]
    if problems:
        return problems[0].what
    refused = find_refused(spec, name)
    if refused:
        return refused
    ownership = tuple(tag for tag in live.tags if is_ownership_tag(tag))
    found = aspect.compare(Comparison(spec=spec, live=live, images=images, ownership=ownership))
    if found.problems:
        return found.problems[0].what
    return "it would not stay as it is" if found.changes else ""


def _fits(name: str, value: Any) -> bool:
    """True if the field's schema takes the value, and its texts can stand in a file."""
    if not all(map(_is_writable, _texts_of(value))):
        return False
    return bool(_validator(name).is_valid(value))


@cache
def _validator(name: str) -> Any:
    return jsonschema_rs.validator_for(dict(ASPECTS[name].schema))


def _texts_of(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [text for pair in value.items() for part in pair for text in _texts_of(part)]
    if isinstance(value, list):
        return [text for part in value for text in _texts_of(part)]
    return [value] if isinstance(value, str) else []


def _is_writable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # half a character: no file can hold it
        return False
    return len(text) + text.count("${") <= MAX_TEXT


def _warn(code: str, where: str, what: str) -> Diagnostic:
    return Diagnostic(code=code, where=where, what=what, severity=Severity.WARNING)
