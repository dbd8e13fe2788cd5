"""A process for each target, some at a time: what one of them does to its process harms no other.

Forked, so that what is imported and watched by now is not imported again for each target.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from tests.fuzz.target import Target
from tests.fuzz.trial import Outcome

Tell = Callable[[Outcome], None]
Work = Callable[[Target, Tell], None]
"""Fuzzes a target, and tells what came of it unless the process ends before."""


def run(targets: Sequence[Target], work: Work, *, jobs: int, folder: Path) -> Iterator[Outcome]:
    """What came of each target, in the order in which they end."""
    folder.mkdir(parents=True, exist_ok=True)
    waiting, running = list(targets), dict[int, Target]()
    while waiting or running:
        while waiting and len(running) < jobs:
            target = waiting.pop(0)
            running[_start(target, work, folder)] = target
        child, status = os.wait()
        if child in running:
            yield _read(running.pop(child), os.waitstatus_to_exitcode(status), folder)


def _start(target: Target, work: Work, folder: Path) -> int:
    told = folder / f"{target.name}.json"
    told.unlink(missing_ok=True)
    child = os.fork()
    if child == 0:
        try:
            work(target, lambda outcome: _write(told, outcome))
        finally:
            os._exit(1 if not told.exists() else 0)
    return child


def _write(path: Path, outcome: Outcome) -> None:
    path.write_text(json.dumps(asdict(outcome)), encoding="utf-8")


def _read(target: Target, code: int, folder: Path) -> Outcome:
    try:
        found: Mapping[str, str] = json.loads((folder / f"{target.name}.json").read_bytes())
    except FileNotFoundError:
        return Outcome(target=target.name, tried=0, failure=f"its process ended with {code}")
    return Outcome(**found)  # type: ignore[arg-type]
