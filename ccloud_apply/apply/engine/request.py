"""A step becomes a request: its hostname and its references are filled in at the last moment.

Sending does not belong here, and neither does what comes back.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote

from ccloud_apply.api.http.redaction import SHORTEST_SECRET, Redactor
from ccloud_apply.errors import ApplyError, UnreadableReferenceError
from ccloud_apply.model.declared.reference import (
    Reference,
    Template,
    find_references,
)
from ccloud_apply.model.results.plan import Plan

HOSTNAME = "{hostname}"
REDACTED = "(sensitive)"


def fill_path(path: str, hostname: str) -> str:
    """The path with the hostname in it, percent-encoded.

    Raises ApplyError for a name that would make another path of it: it comes from the account.
    """
    if hostname in {"", ".", ".."}:
        raise ApplyError(f"the platform calls the server {hostname!r}, which is not a hostname")
    return path.replace(HOSTNAME, quote(hostname, safe=""))


def fill_body(body: Any, read: Callable[[Reference], str]) -> tuple[Any, tuple[str, ...]]:
    """The body with every reference, however deep, replaced by what it refers to.

    Returns the body and the secrets in it, so that they can be kept out of messages. Raises
    UnreadableReferenceError.
    """
    secrets: list[str] = []

    def fill(value: Any) -> Any:
        if isinstance(value, Reference):
            contents = read(value)
            if value.is_secret:
                secrets.append(contents)
            return contents
        if isinstance(value, Template):
            found = {name: read(secret) for name, secret in value.secrets}
            secrets.extend(found.values())
            return value.fill(found)
        if isinstance(value, Mapping):
            return {key: fill(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [fill(item) for item in value]
        return value

    return fill(body), tuple(secrets)


def find_plan_references(plan: Plan) -> tuple[Reference, ...]:
    """What the steps of the plan refer to, each once."""
    bodies = [step.body for stack in plan.stacks for step in stack.steps]
    return tuple(dict.fromkeys(find_references(bodies)))


def check_references(plan: Plan, read: Callable[[Reference], str]) -> None:
    """Read every reference of the plan once and forget it.

    A secret that is missing must show before the first step, not after a server was destroyed to
    be made anew. Raises UnreadableReferenceError, for a secret too that is too short to be kept out
    of messages.
    """
    for reference in find_plan_references(plan):
        length = len(read(reference))
        if reference.is_secret and 0 < length < SHORTEST_SECRET:  # 0: it is still to be made
            raise UnreadableReferenceError(
                f"the secret {reference} has fewer than {SHORTEST_SECRET} characters, too few to"
                " be masked in messages",
                hint="use a longer secret, or a variable for a value that may be seen: ${var.NAME}",
            )


def redact(text: str, secrets: Iterable[str]) -> str:
    """The text without the secrets, should the platform have repeated one in its answer.

    A secret of several lines goes line by line too.
    """
    return Redactor(cut=secrets, mask=REDACTED)(text)
