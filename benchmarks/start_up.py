"""What a command costs before it does anything: whole processes against bare python with click.

The time is that of the processor. Runs are interleaved, so that whatever else the machine does hits
all of them alike.
"""

from collections.abc import Mapping, Sequence
from statistics import median

from benchmarks.process import ask_program, run_program
from benchmarks.table import Row

TITLE = "start-up: a whole process, against python -c 'import click'"
TARGET_VERSION = 1.5

BARE = ("-c", "import click")
COMMANDS: Mapping[str, tuple[str, ...]] = {
    "--version": ("--version",),
    "--help": ("--help",),
    "validate": ("validate", "examples/stacks/web.yaml"),
}
_COUNTING = """
import contextlib, io, json, sys
{what}
print(json.dumps(len(sys.modules)))
"""
_CALL = """
from ccloud_apply.cli.main import run
with contextlib.redirect_stdout(io.StringIO()):
    code = run({arguments!r})
assert code == 0
"""


def measure(*, runs: int = 25) -> list[Row]:
    """Medians over so many runs of each program."""
    programs = {"": BARE, **{n: ("-m", "ccloud_apply", *a) for n, a in COMMANDS.items()}}
    for program in programs.values():  # once for the caches
        run_program(program)
    times: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(runs):
        for name, program in programs.items():
            times[name].append(run_program(program).cpu_s * 1000)
    bare_ms = median(times[""])
    return [
        Row(
            what=name,
            measured=median(times[name]),
            unit="ms",
            bound=bare_ms,
            target=TARGET_VERSION if name == "--version" else None,
            note=f"{count_modules(arguments)} modules, click alone {count_modules(None)}",
        )
        for name, arguments in COMMANDS.items()
    ]


def count_modules(arguments: Sequence[str] | None) -> int:
    """How many modules a command imports in all; with None, how many click does."""
    call = "import click" if arguments is None else _CALL.format(arguments=list(arguments))
    count = ask_program(["-c", _COUNTING.format(what=call)])
    assert isinstance(count, int)
    return count
