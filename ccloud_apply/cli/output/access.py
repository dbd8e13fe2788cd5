"""What is said around a secret that gets a person into a server. The secret is none of it."""

from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.plan.matching.named import NamedServer
from ccloud_apply.render.lib.escape import escape_line


def tell_server(terminal: Terminal, what: str, named: NamedServer) -> None:
    """Say of which server this is about to be read."""
    stack = "" if named.stack is None else f" of stack {named.stack.name}"
    terminal.write_note(escape_line(f"Reading the {what} of {named.name}{stack}."))
