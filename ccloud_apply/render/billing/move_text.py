"""A move of servers between subscriptions as text: what will happen, and what came of it."""

import json
from collections.abc import Iterator

from ccloud_apply.model.results.move import Move, Moved, MovedServer, MoveKind
from ccloud_apply.model.text import count_of
from ccloud_apply.render.billing.subscriptions_text import show_size, summarize
from ccloud_apply.render.lib.escape import escape_line, escape_short
from ccloud_apply.render.lib.style import PLAIN, Style

_MAX_LINE = 240
_MAX_SERVERS = 50
_BILLED = {True: "by itself", False: "not by itself", None: "unknown"}


def render_move(move: Move, style: Style = PLAIN) -> str:
    """What the move will do, before anybody approves it."""
    rows = list(_rows(move))
    width = max(len(name) for name, _ in rows)
    lines = [style.bold(_title(move)), ""]
    lines += [f"  {name.ljust(width)}  {escape_short(text, _MAX_LINE)}" for name, text in rows]
    if move.kind is MoveKind.EXPORT_ALL:
        lines += ["", *_candidates(move)]
    return "\n".join([*lines, "", f"  {_effect(move)}", f"  {_request(move)}"]) + "\n"


def render_moved(moved: Moved, style: Style = PLAIN) -> str:
    """What came of the move, and how that is known."""
    name = escape_short(moved.move.subscription.name)
    server = escape_short(moved.move.servers[0].live.name) if moved.move.servers else ""
    done = {
        MoveKind.IMPORT: f"Imported {server} into {name}.",
        MoveKind.EXPORT: f"Exported {server} from {name}.",
        MoveKind.EXPORT_ALL: f"Exported all servers of {name} to {_target(moved.move)}.",
    }[moved.move.kind]
    lines = [style.green(done)]
    if moved.was_lost:
        lines.append("The answer was lost; the preview of the invoice shows that it was done.")
    elif moved.is_verified:
        lines.append("Verified: the preview of the invoice shows it.")
    else:
        lines.append(f"{style.yellow('Not verified:')} {escape_line(moved.why)}.")
    lines += _pool_lines(moved)
    return "\n".join(lines) + "\n"


def _pool_lines(moved: Moved) -> Iterator[str]:
    for server in moved.move.servers[:1]:
        if moved.pool is not None and moved.pool != server.live.pool:
            names = (server.live.name, moved.pool, server.live.pool or "unknown")
            yield "{} is in {} now, not {}.".format(*map(escape_short, names))
        if server.owner is not None and moved.move.kind is not MoveKind.EXPORT_ALL:
            yield f"It belongs to {escape_short(server.owner)}: plan that stack now."


def _title(move: Move) -> str:
    name = escape_short(move.subscription.name)
    server = escape_short(move.servers[0].live.name) if move.servers else ""
    return {
        MoveKind.IMPORT: f"Import {server} into the subscription {name}",
        MoveKind.EXPORT: f"Export {server} from the subscription {name}",
        MoveKind.EXPORT_ALL: f"Export all servers of the subscription {name} to {_target(move)}",
    }[move.kind]


def _target(move: Move) -> str:
    return "" if move.target is None else escape_short(move.target.name)


def _rows(move: Move) -> Iterator[tuple[str, str]]:
    if move.kind is not MoveKind.EXPORT_ALL:
        for server in move.servers:
            yield "server", _summarize_server(server)
            yield "owner", server.owner or "no stack"
            yield "billed", _BILLED[server.is_billed_alone]
    yield "subscription", summarize(move.subscription)
    if move.target is not None:
        yield "to", summarize(move.target)


def _candidates(move: Move) -> Iterator[str]:
    yield "  No operation tells which servers are in a subscription."
    if not move.servers:
        yield "  The preview of the invoice bills every server of the account by itself."
        return
    count = count_of(len(move.servers), "server")
    yield (
        f"  The preview of the invoice has no line for {count}: each may be in this one, in another"
        " one, or be new."
        if all(one.is_billed_alone is False for one in move.servers)
        else f"  The preview of the invoice could not be read: it may be any of {count}."
    )
    owned = [one for one in move.servers if one.owner is not None]
    shown = [*owned, *(one for one in move.servers if one.owner is None)][:_MAX_SERVERS]
    for server in shown:
        yield f"    {escape_short(_summarize_server(server), _MAX_LINE)}" + (
            f" ({escape_short(server.owner)})" if server.owner else ""
        )
    if len(move.servers) > len(shown):
        yield f"    and {len(move.servers) - len(shown):,} more"


def _summarize_server(server: MovedServer) -> str:
    live = server.live
    name = f'{live.name} "{live.custom_name}"' if live.custom_name else live.name
    return ", ".join(filter(None, (name, live.pool or "pool unknown", show_size(live))))


def _effect(move: Move) -> str:
    return {
        MoveKind.IMPORT: "The subscription then pays for the server.",
        MoveKind.EXPORT: "The server is then billed by itself again, in its pool.",
        MoveKind.EXPORT_ALL: "The other subscription then pays for the servers.",
    }[move.kind]


def _request(move: Move) -> str:
    body = "" if move.request.body is None else f" {json.dumps(dict(move.request.body))}"
    return escape_short(f"Request: {move.request.method} {move.request.path}{body}", _MAX_LINE)
