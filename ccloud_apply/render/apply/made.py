"""The addresses of the servers that an apply made: after its summary, and on the page of a step."""

from collections.abc import Sequence

from ccloud_apply.model.results.present import PresentServer
from ccloud_apply.render.lib.markdown import table_code
from ccloud_apply.render.lib.style import PLAIN, Style
from ccloud_apply.render.lib.table import render_table

_MAX_ROWS = 60
_NONE = "-"
_UNKNOWN = "unknown"
_HEADINGS = ("server", "hostname", "IPv4", "IPv6")


def render_made(
    servers: Sequence[PresentServer], style: Style = PLAIN, *, has_stack: bool = False
) -> str:
    """A row for each of these that was made; empty if none was. A long list is cut."""
    made = [server for server in servers if server.is_made]
    if not made:
        return ""
    rows = [_row(server, has_stack) for server in made[:_MAX_ROWS]]
    table = render_table(_HEADINGS, rows, style)
    return f"\n{table}{_tell_rest(len(made))}"


def render_made_markdown(servers: Sequence[PresentServer], *, has_stack: bool = False) -> str:
    """The same as a table of Markdown."""
    made = [server for server in servers if server.is_made]
    if not made:
        return ""
    head = f"| {' | '.join(_HEADINGS)} |\n|{' :--- |' * len(_HEADINGS)}\n"
    rows = [_row(server, has_stack) for server in made[:_MAX_ROWS]]
    lines = "".join(f"| {' | '.join(map(table_code, row))} |\n" for row in rows)
    rest = _tell_rest(len(made))
    return f"\n{head}{lines}" + (f"\n{rest}" if rest else "")


def _tell_rest(count: int) -> str:
    if count <= _MAX_ROWS:
        return ""
    return f"… and {count - _MAX_ROWS:,} more; `ccloud-apply inventory PATH` lists all of them\n"


def _row(server: PresentServer, has_stack: bool) -> tuple[str, ...]:
    addresses = server.addresses
    return (
        f"{server.stack}/{server.key}" if has_stack else server.key,
        server.hostname or _UNKNOWN,
        _UNKNOWN if addresses is None else ", ".join(addresses.ipv4) or _NONE,
        _UNKNOWN if addresses is None else ", ".join(addresses.ipv6) or _NONE,
    )
