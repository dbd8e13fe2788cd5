"""`python -m benchmarks [--write] [NAME...]`: runs all benchmarks, or those that are named.

With `--write` their figures go into docs/benchmarks.md, in place of those that it has.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module

from benchmarks.page import write
from benchmarks.table import render_rows

BENCHMARKS: Mapping[str, str] = {
    "start-up": "start_up",
    "compute": "compute",
    "reading": "reading",
    "scenarios": "scenarios",
    "requests": "request_counts",
    "commands": "commands",
    "makespan": "makespan",
    "render": "rendering",
    "fleet-pages": "fleet_pages",
    "side-by-side": "side_by_side",
}
"""Names and modules, in the order in which they run; a module has a TITLE and a measure()."""


def main(arguments: Sequence[str]) -> int:
    """Run and print. 1 if there is no such benchmark, else 0: a missed target is no error."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--write", action="store_true", help="put the figures into the page")
    options = parser.parse_args(arguments)
    if unknown := [name for name in options.names if name not in BENCHMARKS]:
        print(f"error: no benchmark {unknown[0]}; there are {', '.join(BENCHMARKS)}")
        return 1
    missed = 0
    for name in options.names or BENCHMARKS:
        module = import_module(f"benchmarks.{BENCHMARKS[name]}")
        rows = module.measure()
        missed += sum(row.is_met is False for row in rows)
        print(render_rows(module.TITLE, rows), end="\n\n", flush=True)
        if options.write and rows:  # none where something that is needed is not here
            write({name: rows})
    print("All targets are met." if not missed else f"Missed targets: {missed}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
