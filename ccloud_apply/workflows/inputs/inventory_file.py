"""Where an inventory may be written to: never over anything else."""

from ccloud_apply.errors import UsageError
from ccloud_apply.render.registry import formats_of
from ccloud_apply.workflows.inputs.own_file import require_ending, require_own_output

_JSON = frozenset({"prometheus"})
"""Formats that are JSON here, and something else elsewhere."""


def require_inventory_place(path: str, format_name: str) -> None:
    """Raises UsageError for a file with anything else in it, and for a name that is another
    format's."""

    def way_out(wanted: str) -> str:
        is_format = wanted in formats_of("inventory")
        return f"--format {wanted} --out {path}" if is_format else "name another file"

    ending = "json" if format_name in _JSON else format_name
    require_ending(f"--out with --format {format_name}", path, ending, way_out)
    try:
        require_own_output(path, "inventory", format_name)
    except UsageError as error:
        if format_name in ("hosts", "ssh-config"):
            error.hint = f"write another file, and include it: {_INCLUDES[format_name]}"
        raise


_INCLUDES = {
    "hosts": "dnsmasq takes one with addn-hosts, and a line of cron can join it with /etc/hosts",
    "ssh-config": "~/.ssh/config takes one with Include",
}
