"""A value on standard output, in the format that was asked for; the formats are `render/`'s."""

from dataclasses import replace
from typing import Any

from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.render.registry import RenderOptions, render

_DEFAULT = RenderOptions()


def show(
    terminal: Terminal,
    document: str,
    format_name: str,
    value: Any,
    options: RenderOptions = _DEFAULT,
) -> None:
    """Write the value as this document, in the terminal's colours; nothing if it says nothing."""
    coloured = replace(options, is_coloured=terminal.has_coloured_output)
    text = render(document, format_name, value, coloured)
    if text:
        terminal.write_result(text)
