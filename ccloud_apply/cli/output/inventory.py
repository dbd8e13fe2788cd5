"""An inventory, in the format that was asked for, on standard output or in a file."""

from ccloud_apply.cli.output.diagnostics import write_diagnostics
from ccloud_apply.cli.output.showing import write_out
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.inventory import FormFlags
from ccloud_apply.errors import UsageError
from ccloud_apply.model.results.inventory import Inventory
from ccloud_apply.render.registry import RenderOptions, find_format

_SILENT = frozenset({"ansible", "prometheus"})
"""Formats of hosts without room for a remark: standard error says which servers are left out."""


def write_inventory(terminal: Terminal, inventory: Inventory, form: FormFlags) -> None:
    """Write it. Raises UsageError for a host that is unknown, or a file that cannot be written."""
    row = find_format("inventory", form.shown)
    _require_host(inventory, form)
    text = row.render(inventory, _options(terminal, form))
    if form.out is None:
        terminal.write_result(text)
    else:
        from ccloud_apply.render.inventory.words import conclude

        write_out(row, form.out, text)
        terminal.write_note(f"{conclude(inventory)}\nWrote the inventory to {form.out}.")
    if row.without_warnings and inventory.warnings:
        write_diagnostics(terminal, inventory.warnings)
    if form.shown in _SILENT and not form.is_script:  # Ansible takes a note for an error
        from ccloud_apply.render.inventory.words import untold_words

        for sentence in untold_words(inventory):
            terminal.write_note(f"note: {sentence}")


def _options(terminal: Terminal, form: FormFlags) -> RenderOptions:
    usual = RenderOptions()
    return RenderOptions(
        is_coloured=form.out is None and terminal.has_coloured_output,
        is_file=form.out is not None and not form.is_script,
        host=form.host,
        port=usual.port if form.port is None else form.port,
    )


def _require_host(inventory: Inventory, form: FormFlags) -> None:
    names = [server.name for server in inventory.hosts]
    if form.host is None or form.host in names:
        return
    from difflib import get_close_matches

    close = get_close_matches(form.host, names, n=1)
    raise UsageError(
        f"--host {form.host}: the inventory has no such host",
        hint=f'did you mean "{close[0]}"?' if close else "--list shows all of them",
    )
