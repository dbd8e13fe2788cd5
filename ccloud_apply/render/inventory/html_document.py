"""The inventory as one HTML page: a table that sorts and filters, cards where it is narrow.

`render/lib/html_page.py` has the frame and what all pages share.
"""

from collections.abc import Iterator
from html import escape
from typing import NamedTuple

from ccloud_apply.model.results.inventory import Inventory, InventoryServer
from ccloud_apply.model.text import count_of
from ccloud_apply.render.inventory.html_style import INVENTORY_STYLE, SORT_SCRIPT
from ccloud_apply.render.inventory.words import (
    NO_SERVERS,
    addresses_words,
    conclude,
    count_building,
    count_statuses,
    status_words,
    total_words,
)
from ccloud_apply.render.lib.html_page import (
    html_short,
    html_text,
    render_cell,
    render_facts,
    render_page,
    render_table,
    render_totals,
    render_warnings,
    sorted_by,
)
from ccloud_apply.render.lib.money import format_amount
from ccloud_apply.render.other.diagnostics_text import locate

_UNKNOWN = '<span class="quiet">unknown</span>'


class Cell(NamedTuple):
    """A cell: its column, its HTML, its class, and what it is sorted by where not by its text."""

    label: str
    html: str
    kind: str = ""
    sort: str | None = None


def render_inventory_html(inventory: Inventory) -> str:
    """The whole page."""
    has_files = any(server.declared for server in inventory.servers)
    count = count_of(len(inventory.servers), "server")
    facts = render_facts(
        inventory.account,
        inventory.read_at,
        inventory.commit,
        has_files=has_files,
        env=inventory.env,
    )
    header = f"<header>\n<h1>{count}</h1>\n{facts}{_totals(inventory)}</header>\n"
    warnings = render_warnings([html_text(locate(one)) for one in inventory.warnings])
    return render_page(
        title=conclude(inventory),
        header=header,
        main=f"{_table(inventory)}{warnings}",
        style=INVENTORY_STYLE,
        script=SORT_SCRIPT,
    )


def _totals(inventory: Inventory) -> str:
    building = ("being built", count_building(inventory))
    retired = ("retired", sum(server.is_retired for server in inventory.servers))
    counts = [pair for pair in (*count_statuses(inventory), building, retired) if pair[1]]
    return render_totals(counts, _cost_items(inventory)) if counts else ""


def _cost_items(inventory: Inventory) -> str:
    if not inventory.has_cost:
        return ""
    cost = f"<li><strong>{escape(total_words(inventory))}</strong> per month</li>"
    if inventory.retired_total is not None:
        retired = format_amount(inventory.retired_total, inventory.currency)
        cost += f"<li><strong>{escape(retired)}</strong> of it for retired servers</li>"
    return cost


def _table(inventory: Inventory) -> str:
    if not inventory.servers:
        return f'<p class="calm">{NO_SERVERS}</p>\n'
    rows = [list(_cells(server, inventory)) for server in inventory.servers]
    table = render_table([cell.label for cell in rows[0]], map(_row, rows))
    return f'<div class="wide">{table}</div>\n'


def _row(cells: list[Cell]) -> str:
    name, *rest = cells
    others = "".join(render_cell(cell.label, cell.html, cell.kind, sort=cell.sort) for cell in rest)
    return f'<tr><th scope="row"{sorted_by(name.sort)}>{name.html}</th>{others}</tr>\n'


def _cells(server: InventoryServer, inventory: Inventory) -> Iterator[Cell]:
    is_there = server.id is not None
    unknown = _UNKNOWN if is_there else ""
    own = server.custom_name if server.custom_name != server.name else None
    yield Cell("name", _with_remark(html_short(server.name), own), sort=server.name)
    yield Cell("stack", _text(server.stack))
    yield Cell("server", _text(server.hostname))
    addresses = addresses_words(server) if is_there else ()
    yield Cell("address", "<br>".join(map(escape, addresses)), "address")
    for label, size, unit in (
        ("cores", server.cores, ""),
        ("memory", server.memory_gb, " GB"),
        ("disk", server.disk_gb, " GB"),
    ):
        shown = unknown if size is None else f"{size:,}{unit}"
        yield Cell(label, shown, "number", "" if size is None else str(size))
    system = server.image or server.os_name
    yield Cell("system", _with_remark(_text(system) if system else unknown, server.pool))
    yield Cell("tags", ", ".join(map(html_short, server.tags)), "tags")
    made = (server.created_at or "")[:10]
    yield Cell(
        "created", _with_remark(_text(made), server.created_by), "made", server.created_at or ""
    )
    if inventory.has_state:
        yield Cell("state", _text(server.state) if server.state else unknown)
    if inventory.has_cost:
        cost = server.monthly_cost
        shown = escape(format_amount(cost, server.currency)) if cost else unknown
        yield Cell("monthly", shown, "number", cost or "")
    yield Cell("status", _status(server), "status", server.status.value)


def _status(server: InventoryServer) -> str:
    status, *remarks = status_words(server)
    source = server.declared
    if source is not None:
        remarks.append(f"{source.path}:{source.line}")
    more = "".join(f"<small>{html_text(remark)}</small>" for remark in remarks)
    return f'<span class="badge {status}">{status}</span>{more}'


def _with_remark(html: str, remark: str | None) -> str:
    return f"{html}<small>{html_short(remark)}</small>" if remark else html


def _text(text: str | None) -> str:
    return html_short(text) if text else ""
