"""The table that every page has, which is a list of cards on a telephone. All of it is HTML."""

from collections.abc import Iterable


def render_table(heads: str, rows: str) -> str:
    """A table of these cells and rows."""
    return (
        f'<div class="rows"><table><thead><tr>{heads}</tr></thead>\n'
        f"<tbody>\n{rows}</tbody></table></div>\n"
    )


def head_cells(names: Iterable[str]) -> str:
    """A head for each column."""
    return "".join(f'<th scope="col">{name}</th>' for name in names)


def row_cells(cells: Iterable[tuple[str, str]]) -> str:
    """The cells of a row, each with the name that it has on a card."""
    return "".join(f'<td data-name="{name}">{value}</td>' for name, value in cells)
