"""The words of an explanation. Every text from here is one harmless line."""

from ccloud_apply.model.results.explanation import EntryCommit, Explanation
from ccloud_apply.model.results.plan import Action
from ccloud_apply.render.lib.escape import escape_short, quote
from ccloud_apply.render.lib.moments import moment_words

_ID_LENGTH = 10


def name_server(one: Explanation) -> str:
    """`web-1 (vs10001)`, `vs10001`, `web-1`."""
    hostname = None if one.hostname is None else escape_short(one.hostname)
    if one.key is None or one.status in ("other-stack", "unmanaged"):
        return hostname or "a server without a hostname"
    key = escape_short(one.key)
    return key if hostname is None else f"{key} ({hostname})"


def describe_status(one: Explanation) -> str:
    """What follows the server's name: whose it is."""
    stack = "" if one.stack is None else escape_short(one.stack)
    match one.status:
        case "declared":
            server = None if one.plan is None else one.plan.server
            if server is not None and server.action is Action.ADOPT:
                return f"is declared by stack {stack}, which does not own it yet"
            return f"belongs to stack {stack}"
        case "missing":
            return f"is declared by stack {stack} and does not exist yet"
        case "undeclared":
            gives = ", which releases it" if one.is_released else ", whose file does not declare it"
            return f"carries the tags of stack {stack}{gives}"
        case "other-stack":
            key = "" if one.key is None else f" as {escape_short(one.key)}"
            return (
                f"belongs to stack {stack}{key}, whose file was not given:"
                " name the file to see what it declares"
            )
        case "unmanaged":
            return "belongs to no stack"


def describe_commit(commit: EntryCommit) -> str:
    """`3f2a91c0de "Give web more memory" by Jane, 2027-01-01 03:00 UTC`."""
    id = escape_short(commit.id[:_ID_LENGTH])
    author = escape_short(commit.author)
    return f"{id} {quote(commit.subject)} by {author}, {moment_words(commit.date)}"
