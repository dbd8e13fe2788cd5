"""What files of hosts say in comments: whose they are, and which servers have no line."""

from collections.abc import Iterator

from ccloud_apply.model.results.inventory import Inventory, InventoryServer
from ccloud_apply.render.inventory.words import untold_words
from ccloud_apply.render.lib.escape import escape_short

HEAD = "Written by ccloud-apply inventory"
"""How such a file begins, behind the sign of a comment."""


def name_live(server: InventoryServer) -> str:
    """The server at the vendor: its hostname, and its custom name if that says more."""
    custom_name = None if server.custom_name == server.name else server.custom_name
    names = dict.fromkeys(filter(None, (server.hostname or "no hostname", custom_name)))
    return ", ".join(map(escape_short, names))


def remark_lines(inventory: Inventory) -> Iterator[str]:
    """A comment for each reason why servers have no line."""
    sentences = list(untold_words(inventory))
    if sentences:
        yield ""
    for sentence in sentences:
        yield f"# {sentence}"
