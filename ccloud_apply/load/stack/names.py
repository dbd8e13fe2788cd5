"""Names that can be made of variables and `${env}`: of a stack, of its entries, in its lists."""

from ccloud_apply.load.stack.computed import fill_part
from ccloud_apply.load.stack.expand import spell_server
from ccloud_apply.load.stack.interpolate import (
    Findings,
    Scope,
    check_templates,
    interpolate_text,
)
from ccloud_apply.load.text.collector import DiagnosticCollector
from ccloud_apply.load.text.format_values import escape
from ccloud_apply.load.text.node import (
    Node,
    Place,
    make_mapping,
    make_scalar,
    make_sequence,
)
from ccloud_apply.model.ownership import KEY_RULE, is_key

_NAME_ROOTS = ("var", "env")
_SECTION = "stack"


def resolve_stack_name(node: Node | None, scope: Scope, collector: DiagnosticCollector) -> str:
    """The name of the stack; empty if it is not known because of an error."""
    if node is None:
        return ""
    if node.is_dynamic:
        findings = Findings(collector, _SECTION)
        check_templates(node, _NAME_ROOTS, scope.variables.keys(), findings)
        if findings.has_errors:
            return ""
    filled = fill_part((_SECTION,), _SECTION, node, scope, collector)
    return filled.value if filled is not None and isinstance(filled.value, str) else ""


def name_servers(
    servers: Node, scope: Scope, collector: DiagnosticCollector
) -> tuple[Node, dict[str, str]]:
    """The entries by their keys, and the keys by the names in the file that have a `${...}`.

    An entry whose key cannot be told is reported and left out; it is in no list.
    """
    if not any("${" in name for name, _ in servers.items()):
        return servers, {}
    entries: dict[str, Node] = {}
    places: dict[str, Place] = {}
    computed: dict[str, str] = {}
    for written, entry in servers.items():
        place = servers.key_place(written)
        key = written
        if "${" in written:
            filled = _fill(written, place, scope, collector)
            if filled is None:
                continue
            key = computed[written] = filled
        if key in entries:
            what = f'two entries get the key "{escape(key)}"'
            hint = f"see line {places[key].line}; rename one of them"
            collector.add("duplicate-server", spell_server(written), what, place, hint=hint)
            continue
        entries[key] = entry
        places[key] = place
    named = make_mapping(entries, servers)
    named.keys = places
    return named, computed


def _fill(written: str, place: Place, scope: Scope, collector: DiagnosticCollector) -> str | None:
    where = spell_server(written)
    key = interpolate_text(make_scalar(written, place), scope, Findings(collector, where))
    if key is None or is_key(key):
        return key
    what = f'"{escape(key, limit=60)}" cannot be a key'
    collector.add("bad-key", where, what, place, hint=f"keys are {KEY_RULE}")
    return None


def fill_list(
    root: Node, name: str, item_name: str, scope: Scope, collector: DiagnosticCollector
) -> Node | None:
    """A list of keys after interpolation; None if one of them has an error, which is reported.

    `item_name` is what the schema calls an entry. One `${...}` alone may be the whole list.
    """
    node = root.child(name)
    if node is None or not node.is_dynamic:
        return node
    if not isinstance(node.value, list):
        return fill_part((name,), name, node, scope, collector)
    filled = [
        fill_part((name, index), item_name, item, scope, collector)
        for index, item in enumerate(node.value)
    ]
    # Without some of them the others would be told by other numbers.
    good = [item for item in filled if item is not None]
    return make_sequence(good, node) if len(good) == len(filled) else None
