"""Snippets that an editor offers: what a person writes first, with places to fill in.

A text with a place (`${1:web}`, as language servers spell it) stands in the file as it is written
here. Any other text is a value, which `describe.py` spells so that YAML reads it as that text.
"""

from collections.abc import Mapping
from typing import Any

from ccloud_apply.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Snippet:
    """One offer: what an editor calls it, what it is for, and what it inserts."""

    label: str
    description: str
    body: Any


_CREATED: Mapping[str, Any] = {
    "pool": "${3:pool_iw_ssd}",
    "type": "${4|unmanaged,managed|}",
    "image": "${5:debian12_uefi}",
    "cores": "${6:2}",
    "memory": "${7:4}",
    "disks": ["${8:50}"],
}
_FIRST_SERVER: Mapping[str, Any] = {"${2:web}": _CREATED}
_IGNORED: Mapping[str, Any] = {
    "field": "${1:memory}",
    "until": "${2:2026-12-31}",
    "reason": "${3:load test}",
}

ROOT = (
    Snippet(
        "a new stack",
        "A stack with one new server.",
        {"stack": "${1:web-prod}", "servers": _FIRST_SERVER},
    ),
)

SNIPPETS: Mapping[str, tuple[Snippet, ...]] = {
    "servers": (
        Snippet("a new server", "Everything that is needed to create a server.", _FIRST_SERVER),
    ),
    "server": (
        Snippet("a new server", "Everything that is needed to create a server.", _CREATED),
        Snippet("an existing server", "Adopts a live server.", {"hostname": "${1:vs10042}"}),
    ),
    "disks[]": (
        Snippet("another disk", "Its size in GB.", {"size": "${1:100}"}),
        Snippet("a disk by its id", "Pins a live disk.", {"id": "${1:sc0s1}", "size": "${2:100}"}),
    ),
    "password": (
        Snippet("a secret of the environment", "", {"env": "CCLOUD_SECRET_${1:WEB}"}),
        Snippet("a secret in a file", "", {"file": "${1:web.secret}"}),
        Snippet(
            "a generated password",
            "For a new server; written to a file.",
            {"generate": "${1:web.password}"},
        ),
    ),
    "scheduled_snapshots": (Snippet("every 6 hours", "", {"frequency": "${1|6,1,3,12,24|}"}),),
    "user_data": (
        Snippet("a file", "", {"file": "${1:cloud-init.yaml}"}),
        Snippet(
            "a template with a secret",
            "The secret is filled in right before the request is sent.",
            {
                "template": "${1:cloud-init.yaml}",
                "secrets": {"${2:TOKEN}": {"env": "CCLOUD_SECRET_${3:TOKEN}"}},
            },
        ),
    ),
    "lifecycle": (
        Snippet(
            "never destroy",
            "Blocks every plan that destroys the server.",
            {"prevent_destroy": True},
        ),
        Snippet(
            "ignore a change for a time",
            "The entry ends on its own.",
            {"ignore_changes": [_IGNORED]},
        ),
    ),
    "lifecycle.ignore_changes[]": (
        Snippet("until a day, for a reason", "The entry ends on its own.", _IGNORED),
        Snippet("for a reason", "", {"field": "${1:notes}", "reason": "${2:edited by hand}"}),
    ),
    "moved[]": (
        Snippet("a renamed key", "", {"from": "${1:database}", "to": "${2:db}"}),
        Snippet(
            "a server of another stack", "", {"from": "${1:other-stack}/${2:db}", "to": "${3:db}"}
        ),
    ),
}
"""By a definition or a property of the stack file, or the way to it from there; `NAME[]` is an
entry of its list.

Editors insert the only snippet of a list without a dash: a list has two, or none."""
