"""Each server that is given a password has a file of its own for it."""

import posixpath
from collections.abc import Iterable

from ccloud_apply.load.text.collector import DiagnosticCollector
from ccloud_apply.load.text.format_values import escape
from ccloud_apply.model.declared.reference import Reference
from ccloud_apply.model.declared.stack import ServerSpec
from ccloud_apply.model.diagnostic import Diagnostic

_HINT = "put ${key} in its name, such as {generate: secrets/${key}.password}"


def check_generated(specs: Iterable[ServerSpec], collector: DiagnosticCollector) -> None:
    """Report a file that two servers share, or would share if there were two of them."""
    owners: dict[str, str] = {}
    for spec in specs:
        declared = spec.fields.get("password")
        value = None if declared is None else declared.value
        if declared is None or not isinstance(value, Reference) or value.kind != "generate":
            continue
        name = posixpath.normpath(value.name)
        other = owners.setdefault(name, spec.key)
        if other != spec.key:
            what = f"{escape(name)} is the file of {other} and of {spec.key}"
        elif spec.key != spec.base_key and spec.key not in name:
            what = f"{escape(name)} would be the file of every server of {spec.base_key}"
        else:
            continue
        collector.take(
            Diagnostic(
                code="password-file-shared",
                where=f"servers.{spec.base_key}.password",
                what=what,
                hint=_HINT,
                source=declared.source,
            )
        )
