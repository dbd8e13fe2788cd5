"""The sections `rules`, `notify` and `keep` of fleet.yaml -> values."""

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from ccloud_apply.aspects.lib.told_time import find_zone
from ccloud_apply.fleet.config.build_parts import Path, Reading, read_reference
from ccloud_apply.fleet.config.durations import read_duration
from ccloud_apply.fleet.config.schema_rules import MATCHED
from ccloud_apply.fleet.config.week import allow_spans, parse_span, to_windows
from ccloud_apply.fleet.model.config import TOLD, Keep, Rule, Sink, SourceConfig
from ccloud_apply.load.stack.windows import read_freezes, read_windows
from ccloud_apply.load.text.format_values import did_you_mean, escape, quote, spell_path
from ccloud_apply.model.declared.windows import Window

_FOR_APPLY = ("allow",)
_FOR_CHANGES = ("rehearse", "window", "windows", "freeze")


def read_rules(entries: Sequence[Mapping[str, Any]] | None, reading: Reading) -> tuple[Rule, ...]:
    """The rules; without the section every stack is reported. Reports rules that no stack can
    reach, and a last one that does not match all."""
    if entries is None:
        return (Rule(),)
    for index, entry in enumerate(entries):
        is_last = index == len(entries) - 1
        if is_last and "match" in entry:
            what = "the last rule must have no match, so that every stack has a rule"
            reading.add("bad-value", ("rules", index, "match"), what, "add - mode: report below it")
        if not is_last and "match" not in entry:
            what = "it matches every stack, so the rules below it are never used"
            reading.add("bad-value", ("rules", index), what, "add match:, or move it to the end")
    return tuple(_read_rule(index, entry, reading) for index, entry in enumerate(entries))


def check_rules(
    rules: Sequence[Rule],
    accounts: Iterable[str],
    sources: Sequence[SourceConfig],
    reading: Reading,
) -> None:
    """Warns of what no stack can match: with a name that is misspelled another rule counts."""
    labels = {name for source in sources for name in source.labels}
    for index, rule in enumerate(rules):
        path: Path = ("rules", index, "match")
        if rule.account is not None and not any(
            fnmatchcase(name, rule.account) for name in accounts
        ):
            what = f"no account is called {escape(rule.account)}, so the rule is never used"
            reading.warn("bad-value", (*path, "account"), what, f"accounts: {', '.join(accounts)}")
        for name in rule.labels:
            if name not in labels:
                what = f"no source gives the label {escape(name)}, so the rule is never used"
                hint = did_you_mean(name, labels) or "add it under labels: of a source"
                reading.warn("bad-value", (*path, name), what, hint)


def _read_rule(index: int, entry: Mapping[str, Any], reading: Reading) -> Rule:
    path: Path = ("rules", index)
    _check_mode(path, entry, reading)
    match = entry.get("match") or {}
    node, where = reading.root.find(path), spell_path(path)
    return Rule(
        labels={key: value for key, value in match.items() if key not in MATCHED},
        account=match.get("account"),
        stack=match.get("stack"),
        mode=entry["mode"],
        every_s=read_duration(entry.get("every", "30m")),
        allow=frozenset(entry["allow"]) if "allow" in entry else None,
        windows=(
            *read_windows(node.child("windows"), where, reading.collector),
            *_read_short(path, entry, reading),
        ),
        freezes=read_freezes(node.child("freeze"), where, reading.collector),
        is_rehearsed=entry.get("rehearse", False),
    )


def _check_mode(path: Path, entry: Mapping[str, Any], reading: Reading) -> None:
    mode = entry["mode"]
    useless = (*_FOR_CHANGES, *_FOR_APPLY) if mode == "report" else _FOR_APPLY
    for key in useless if mode != "apply" else ():
        if key in entry:
            what = f"mode: {mode} has no use for it"
            reading.add("bad-value", (*path, key), what, "remove it, or write mode: apply")


def _read_short(path: Path, entry: Mapping[str, Any], reading: Reading) -> tuple[Window, ...]:
    """The windows of `window`, whose spans are of the week."""
    window = entry.get("window")
    if window is None:
        return ()
    path = (*path, "window")
    if "windows" in entry:
        what = "window and windows exclude each other"
        reading.add("bad-value", path, what, "keep one of them")
    if "allow" not in window and "deny" not in window:
        reading.add("missing-key", path, "allow or deny is missing", "add the spans")
        return ()
    zone = _read_zone(path, window.get("timezone", "UTC"), reading)
    allowed, denied = (
        _read_spans((*path, key), window.get(key), reading) for key in ("allow", "deny")
    )
    spans = allow_spans(allowed, denied or ())
    if not spans:
        reading.add("bad-value", path, "it leaves no minute of the week", "remove a span of deny")
    return to_windows(spans, zone)


def _read_spans(
    path: Path, texts: Sequence[str] | None, reading: Reading
) -> list[tuple[int, int]] | None:
    if texts is None:
        return None
    found: list[tuple[int, int]] = []
    for index, text in enumerate(texts):
        try:
            found += parse_span(text)
        except ValueError as error:
            hint = "write a span such as Fri 14:00/Mon 06:00"
            reading.add("bad-value", (*path, index), escape(str(error), limit=200), hint)
    return found


def _read_zone(path: Path, name: str, reading: Reading) -> str:
    try:
        find_zone(name)
    except ValueError:
        what = f"{quote(name)} is not a time zone"
        hint = "name one of the IANA time zones, such as Europe/Berlin or UTC"
        reading.add("bad-value", (*path, "timezone"), what, hint)
    return name


def read_sinks(entries: Sequence[Mapping[str, Any]], reading: Reading) -> tuple[Sink, ...]:
    """Who is told. Reports two of one name."""
    sinks: list[Sink] = []
    for index, entry in enumerate(entries):
        path: Path = ("notify", index)
        if ("webhook" in entry) == ("apprise" in entry):
            what = "webhook and apprise exclude each other"
            if "webhook" not in entry:
                what = "webhook or apprise is missing"
            reading.add("bad-value", path, what, "write webhook: {env: NAME}")
            continue
        kind = "webhook" if "webhook" in entry else "apprise"
        reference = read_reference(entry[kind], reading.collector.path)
        assert reference is not None
        name = entry.get("name") or f"{kind} {reference.name}"[:200]
        if name in (sink.name for sink in sinks):
            reading.add(
                "bad-value", path, f"{escape(name)} is listed twice", "add name:, or join them"
            )
        sinks.append(
            Sink(
                name=name,
                webhook=reference if kind == "webhook" else None,
                apprise=reference if kind == "apprise" else None,
                on=frozenset(entry.get("on") or TOLD),
            )
        )
    return tuple(sinks)


def read_keep(entry: Mapping[str, Any]) -> Keep:
    """How long things are kept."""
    return Keep(
        runs_s=read_duration(entry.get("runs", "90d")),
        reports_s=read_duration(entry.get("reports", "30d")),
    )
