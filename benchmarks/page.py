"""The figures of docs/benchmarks.md: kept as JSON, written into the page between its marks.

Pure but for `write`: the page is a function of its own text and of the figures, so that a test can
hold that nobody has edited one of them alone. What is measured does not belong here.
"""

import json
import os
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from benchmarks.process import ROOT
from benchmarks.table import HEADINGS, Row, cells_of

PAGE = ROOT / "docs" / "benchmarks.md"
FIGURES = ROOT / "benchmarks" / "figures.json"

_BLOCK = re.compile(r"(<!-- figures: (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)
_HEADINGS = ("what", *HEADINGS[1:])

Figures = Mapping[str, Mapping[str, Any]]
"""By benchmark: when and by what it was measured, and its rows."""


def read_figures() -> Figures:
    """The figures of the last runs."""
    figures: Figures = json.loads(FIGURES.read_text(encoding="utf-8"))
    return figures


def rows_of(figures: Figures, name: str) -> list[Row]:
    """The rows of one benchmark. Raises KeyError for one that was never run."""
    return [Row(**row) for row in figures[name]["rows"]]


def names_in(page: str) -> list[str]:
    """The benchmarks whose figures the page has."""
    return [match[2] for match in _BLOCK.finditer(page)]


def render_page(page: str, figures: Figures) -> str:
    """The page with these figures in place of those that it has."""
    return _BLOCK.sub(lambda block: f"{block[1]}{_render(figures, block[2])}{block[3]}", page)


def _render(figures: Figures, name: str) -> str:
    if name not in figures:
        return ""
    run = figures[name]
    lines = [_HEADINGS, *(cells_of(row) for row in rows_of(figures, name))]
    used = [n for n in range(len(_HEADINGS)) if any(line[n] for line in lines[1:])]
    table = [[line[n].replace("|", "\\|") for n in used] for line in lines]
    table.insert(1, ["---"] * len(used))
    rows = [f"| {' | '.join(cells)} |" for cells in table]
    return "\n".join([f"Measured on {run['date']}: {run['machine']}.", "", *rows, ""])


def write(measured: Mapping[str, Sequence[Row]]) -> None:
    """Keep these rows beside those of the other benchmarks, and write the page anew."""
    figures = dict(read_figures()) if FIGURES.exists() else {}
    for name, rows in measured.items():
        figures[name] = {
            "date": datetime.now(UTC).date().isoformat(),
            "machine": describe_machine(),
            "rows": [asdict(row) for row in rows],
        }
    text = json.dumps(dict(sorted(figures.items())), indent=1)
    FIGURES.write_text(f"{text}\n", encoding="utf-8")
    PAGE.write_text(render_page(PAGE.read_text(encoding="utf-8"), figures), encoding="utf-8")


def describe_machine() -> str:
    """What a figure depends on beside the product, other work on the machine included."""
    python = f"{platform.system()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} cores with a load of {os.getloadavg()[1]:.1f}, {python}"


if __name__ == "__main__":  # after a merge of figures: the page alone
    PAGE.write_text(render_page(PAGE.read_text(encoding="utf-8"), read_figures()), encoding="utf-8")
