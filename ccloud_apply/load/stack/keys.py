"""The keys of a stack. References to them belong to `dependencies.py` and `moved.py`."""

from dataclasses import field

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.load.schema.validate_source import ValidatedSource
from ccloud_apply.load.stack.expand import Expanded, Instance, expand_all, spell_server
from ccloud_apply.load.stack.interpolate import Scope
from ccloud_apply.load.stack.names import name_servers
from ccloud_apply.load.text.collector import DiagnosticCollector
from ccloud_apply.load.text.format_values import did_you_mean, escape
from ccloud_apply.load.text.node import Node, make_mapping


@dataclass(slots=True, kw_only=True)
class Keys:
    """The keys of a file.

    `instances` maps expanded keys to instances, `bases` the keys as written to their expanded keys.
    `groups` maps the keys before count of an entry with for_each and count (`pool-a`) to theirs.
    `unknown` are keys as written whose instances are unknown due to an error, `disabled` the keys
    of servers that `enabled: false` takes away: they may be named, and mean no server.
    """

    instances: dict[str, Instance] = field(default_factory=dict)
    bases: dict[str, tuple[str, ...]] = field(default_factory=dict)
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unknown: frozenset[str] = frozenset()
    disabled: frozenset[str] = frozenset()
    is_complete: bool = True

    def find(self, name: str) -> tuple[str, ...] | None:
        """The expanded keys of a name; None for a name that is no key."""
        if name in self.instances:
            return (name,)
        found = self.bases.get(name, self.groups.get(name))
        if found is None and (name in self.disabled or self._may_exist(name)):
            return ()
        return found

    def suggest(self, name: str) -> str:
        """A hint at the key that was meant."""
        return did_you_mean(name, self.bases.keys()) or did_you_mean(name, self.instances.keys())

    def _may_exist(self, name: str) -> bool:
        if not self.is_complete or name in self.unknown:
            return True
        ends = (i for i, letter in enumerate(name) if letter == "-")
        return any(name[:end] in self.unknown for end in ends)


def find_keys(
    written: ValidatedSource, scope: Scope, collector: DiagnosticCollector
) -> tuple[Node, Keys]:
    """The entries of a file's servers by their keys, and all keys; mistakes are reported."""
    servers = written.root.child("servers") or make_mapping({}, written.root)
    named, computed = name_servers(servers, scope, collector)
    keys = _collect(expand_all(named, scope, collector), named, collector)
    keys.unknown |= {computed.get(key, key) for key in written.find_unknown_keys()}
    is_named = len(named.value or ()) == len(servers.value or ())
    keys.is_complete = ("servers",) not in written.broken and is_named
    return named, keys


def _collect(expanded: Expanded, servers: Node, collector: DiagnosticCollector) -> Keys:
    """The keys of all instances; reports two servers with one key."""
    entries = expanded.entries
    keys = Keys(
        groups={key: tuple(found) for key, found in expanded.groups.items()},
        unknown=frozenset(expanded.unknown),
        disabled=frozenset(expanded.disabled),
    )
    for base_key, instances in entries.items():
        keys.bases[base_key] = tuple(instance.key for instance in instances)
        for instance in instances:
            other = keys.instances.setdefault(instance.key, instance)
            if other is not instance:
                _report_same_key(instance.key, other.base_key, base_key, servers, collector)
            elif instance.key != base_key and _is_repeated(entries.get(instance.key)):
                _report_same_key(instance.key, instance.key, base_key, servers, collector)
    return keys


def _is_repeated(instances: list[Instance] | None) -> bool:
    """True for an entry with count or for_each: its own key is not the key of a server."""
    return instances is not None and all(i.key != i.base_key for i in instances)


def _report_same_key(
    key: str, first: str, base_key: str, servers: Node, collector: DiagnosticCollector
) -> None:
    what = f'two servers get the key "{escape(key)}"'
    hint = f"see line {servers.key_place(first).line}; rename one of them"
    place = servers.key_place(base_key)
    if first == base_key:
        hint = "list each entry of for_each once"
        place = servers.find((base_key, "for_each")).place
    collector.add("duplicate-server", spell_server(base_key), what, place, hint=hint)
