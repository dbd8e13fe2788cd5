"""load_fleet(): builds a FleetConfig from the text of fleet.yaml, or reports all of its mistakes.

Pure: where the file is found and read belongs to `load.py`. Nothing that is referred to is read.
"""

from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from typing import Any

from ccloud_apply.fleet.config.build_accounts import check_accounts, read_account
from ccloud_apply.fleet.config.build_parts import Reading, read_reference
from ccloud_apply.fleet.config.build_rules import check_rules, read_keep, read_rules, read_sinks
from ccloud_apply.fleet.config.build_sources import check_sources, read_source
from ccloud_apply.fleet.config.build_web import read_web
from ccloud_apply.fleet.config.durations import read_duration
from ccloud_apply.fleet.config.explain import explain_fleet
from ccloud_apply.fleet.config.references import (
    find_below_sources,
    find_given_to_commands,
    find_named_by_stacks,
)
from ccloud_apply.fleet.config.schema import build_fleet_schema
from ccloud_apply.fleet.config.schema_parts import MAX_LEASE_S, MIN_LEASE_S
from ccloud_apply.fleet.model.config import FleetConfig
from ccloud_apply.load.schema.validate import Checker
from ccloud_apply.load.schema.validate_source import report_violations
from ccloud_apply.load.text.collector import CollectorFullError, DiagnosticCollector
from ccloud_apply.load.text.node import Node, to_plain
from ccloud_apply.load.text.parse import parse
from ccloud_apply.model.diagnostic import Diagnostic


def load_fleet(text: bytes, *, path: str) -> tuple[FleetConfig | None, tuple[Diagnostic, ...]]:
    """The configuration of a file's text, None if it has any error, and the diagnostics.

    `path` is its name in places, and where relative paths in it begin. Mistakes raise nothing.
    """
    collector = DiagnosticCollector(path)
    config = None
    with suppress(CollectorFullError):  # the diagnostics say so themselves
        config = _load(text, collector)
    return None if collector.has_errors else config, collector.sorted()


@cache
def fleet_checker() -> Checker:
    """For a fleet.yaml as written."""
    return Checker(build_fleet_schema())


def _load(text: bytes, collector: DiagnosticCollector) -> FleetConfig | None:
    root, diagnostics = parse(text, collector.path)
    collector.take(*diagnostics)
    if root is None or root.value is None:
        if not diagnostics:
            hint = "remove the file, and write a first one with `ccloud-apply fleet init`"
            collector.add("empty-file", "", "the file is empty", None, hint=hint)
        return None
    report_violations(root, collector, fleet_checker(), explain_fleet)
    return None if collector.has_errors else _build(root, collector)


def _build(root: Node, collector: DiagnosticCollector) -> FleetConfig:
    reading = Reading(root=root, collector=collector)
    plain: Mapping[str, Any] = to_plain(root)
    accounts = {
        name: read_account(name, entry, reading) for name, entry in plain["accounts"].items()
    }
    check_accounts(accounts, reading)
    sources = tuple(
        read_source(index, entry, accounts, reading) for index, entry in enumerate(plain["sources"])
    )
    check_sources(sources, reading)
    rules = read_rules(plain.get("rules"), reading)
    check_rules(rules, accounts, sources, reading)
    lease_s = read_duration(plain.get("lease", "60s"))
    if lease_s < MIN_LEASE_S:
        reading.add("bad-value", ("lease",), f"must be at least {MIN_LEASE_S}s")
    if lease_s > MAX_LEASE_S:
        reading.add("bad-value", ("lease",), f"must be at most {MAX_LEASE_S}s")
    config = FleetConfig(
        path=collector.path,
        accounts=accounts,
        sources=sources,
        rules=rules,
        database=read_reference(plain.get("database"), collector.path),
        lease_s=lease_s,
        sinks=read_sinks(plain.get("notify") or (), reading),
        keep=read_keep(plain.get("keep") or {}),
        web=read_web(plain.get("web") or {}, accounts, reading),
        locate=root.locate,
    )
    for place, what, hint in (*find_named_by_stacks(config), *find_given_to_commands(config)):
        reading.add("bad-reference", place, what, hint)
    for place, what, hint in find_below_sources(config):
        reading.warn("bad-reference", place, what, hint)
    return config
