"""Each server that is given a password has a file of its own for it."""

import posixpath
import re
from collections.abc import Collection, Iterable

from ccloud_apply.load.text.collector import DiagnosticCollector
from ccloud_apply.load.text.format_values import escape
from ccloud_apply.model.declared.reference import Reference
from ccloud_apply.model.declared.stack import ServerSpec
from ccloud_apply.model.diagnostic import Diagnostic

_KEY_HINT = "put ${key} in its name, such as {generate: secrets/${key}.password}"
_STACK_HINT = "put ${stack} in its name, such as {generate: secrets/${stack}-${key}.password}"


def check_generated(
    specs: Iterable[ServerSpec], names: Collection[str], collector: DiagnosticCollector
) -> None:
    """Report a file that two servers share, or would share if there were two of them.

    `names` tell the stacks apart that one file makes, such as its environment: one of them has to
    be in the name. They are empty for a file whose stack always has the same name.
    """
    owners: dict[str, str] = {}
    for spec in specs:
        declared = spec.fields.get("password")
        value = None if declared is None else declared.value
        if declared is None or not isinstance(value, Reference) or value.kind != "generate":
            continue
        name = posixpath.normpath(value.name)
        other, hint = owners.setdefault(name, spec.key), _KEY_HINT
        if other != spec.key:
            what = f"{escape(name)} is the file of {other} and of {spec.key}"
        elif spec.key != spec.base_key and spec.key not in name:
            what = f"{escape(name)} would be the file of every server of {spec.base_key}"
        elif names and not any(_names(name, one) for one in names):
            what = f"{escape(name)} would be the file of {spec.key} in every stack of this file"
            hint = _STACK_HINT
        else:
            continue
        collector.take(
            Diagnostic(
                code="password-file-shared",
                where=f"servers.{spec.base_key}.password",
                what=what,
                hint=hint,
                source=declared.source,
            )
        )


def _names(file: str, word: str) -> bool:
    """True if the word is a part of the name, and not only some letters of another word."""
    return re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", file) is not None
