"""How many requests each command sends that changes nothing, as the server counts them: exact.

The stack has ten servers with disks, in the middle of an account of a thousand. Commands are
processes of their own, one after the other, against one API.
"""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.account_spec import STACK, Spec, write_stacks
from benchmarks.answering import answering, ask_what_was_sent
from benchmarks.process import run_program
from benchmarks.request_log import count_by_operation
from benchmarks.table import Row

TITLE = "commands: requests of what only reads, 10 servers in an account of 1,000"
SPEC = Spec(servers=10, others=980, unmanaged=10, has_catalogues=True, latency_ms=0)
FILE = f"{STACK}.yaml"

COMMANDS: Sequence[tuple[str, ...]] = (
    ("validate", FILE),
    ("plan", FILE),
    ("plan", FILE, "--target", "s00003"),
    ("plan", FILE, "--out", "saved.plan"),
    ("apply", FILE, "--auto-approve"),
    ("graph", FILE),
    ("drift", FILE),
    ("drift", FILE, "--lists-only"),
    ("inventory", FILE),
    ("inventory", FILE, "--state"),
    ("inventory", "--all"),
    ("explain", "s00003", FILE),
    ("export", "--all"),
    ("export", "--tag", f"stack:{STACK}"),
    ("tasks",),
    ("catalog", "pools"),
)


def measure(*, commands: Sequence[Sequence[str]] = COMMANDS) -> list[Row]:
    """One row for each command."""
    rows = []
    with tempfile.TemporaryDirectory() as folder, answering(SPEC) as endpoint:
        write_stacks(SPEC, Path(folder))
        surroundings = {
            "CCLOUD_ENDPOINT": endpoint,
            "CCLOUD_TOKEN": "benchmark",
            "CCLOUD_WORK_DIR": str(Path(folder) / "work"),
        }
        for command in commands:
            program = ("-m", "ccloud_apply", *command)
            run_program(program, cwd=Path(folder), environment=surroundings, accepted=(0, 2))
            rows.append(_describe(command, ask_what_was_sent(endpoint)["targets"]))
    return rows


def _describe(command: Sequence[str], targets: Sequence[str]) -> Row:
    counts: Mapping[str, int] = count_by_operation(targets)
    return Row(
        what=" ".join(command),
        measured=len(targets),
        unit="requests",
        note=", ".join(f"{what} {count}" for what, count in counts.items()),
    )
