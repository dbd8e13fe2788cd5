"""Parts of a stack that are needed before any server is built: names, lists, whole sections.

Each is valid as written. Here its expressions are filled in, and what they give is validated too.
The fields of servers belong to `layers.py` and `server.py`.
"""

from ccloud_apply.load.schema.explain import explain
from ccloud_apply.load.schema.validate import section_checker
from ccloud_apply.load.stack.interpolate import Findings, Scope, interpolate
from ccloud_apply.load.text.collector import DiagnosticCollector
from ccloud_apply.load.text.format_values import spell_path
from ccloud_apply.load.text.node import Node, to_plain


def fill_part(
    path: tuple[str | int, ...],
    definition: str,
    node: Node,
    scope: Scope,
    collector: DiagnosticCollector,
) -> Node | None:
    """The part after interpolation; None if it has an error, which is reported.

    `path` is where it is in the file, `definition` what the schema calls it.
    """
    if not node.is_dynamic:  # it is valid already
        return node
    findings = Findings(collector, spell_path(path))
    node = interpolate(node, scope, findings)
    if findings.has_errors:
        return None
    checker = section_checker(definition)
    violations = tuple(checker.find_violations(to_plain(node)))
    for violation in violations:
        whole = (*path, *violation.path)
        found = node.find(violation.path)
        code, what, hint = explain(violation, checker, whole, found.text, is_computed=True)
        collector.add(code, spell_path(whole), what, found.place, hint=hint)
    return None if violations else node
