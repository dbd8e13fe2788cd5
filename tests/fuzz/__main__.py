"""`python -m tests.fuzz`: try all targets, or those that are named, for some seconds.

With atheris where it is installed, else with hypothesis alone; `--engine` chooses. What breaks a
law is kept below `.fuzz/crashes`, and the exit code is 1; `--again TARGET FILE` tries one again.
"""

import argparse
import os
import random
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.conftest import ROOT
from tests.fuzz import with_atheris
from tests.fuzz.children import Tell, Work, run
from tests.fuzz.target import Target
from tests.fuzz.trial import Outcome, try_input

_PLACE = ROOT / ".fuzz"
_ENGINES = ("atheris", "hypothesis")


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz as the arguments say; 1 if anything broke a law."""
    options = _parse(arguments)
    if options.again:
        name, file = options.again
        from tests.fuzz.targets.registry import TARGETS

        _expect_known([name], TARGETS)
        try_input(TARGETS[name], Path(file).read_bytes())
        print(f"{name}: {file} breaks nothing")
        return 0
    began = time.monotonic()
    if options.engine == "atheris":
        with_atheris.load_watched()  # before anything else imports what is watched
    from tests.fuzz.targets.registry import TARGETS

    names = options.targets or list(TARGETS)
    _expect_known(names, TARGETS)
    left = max(1.0, options.seconds - (time.monotonic() - began))
    share = left * options.jobs / len(names)
    print(
        f"{options.engine}, {len(names)} targets, {share:.1f} s each, --seed {options.seed}",
        flush=True,
    )
    failed = 0
    chosen = [TARGETS[name] for name in names]
    work = _choose(options, share)
    for outcome in run(chosen, work, jobs=options.jobs, folder=_PLACE / "told"):
        failed += bool(outcome.failure)
        _tell(outcome)
    print(f"{len(names) - failed} passed, {failed} failed")
    return 1 if failed else 0


def _expect_known(names: Sequence[str], targets: Mapping[str, Target]) -> None:
    if unknown := [name for name in names if name not in targets]:
        sys.exit(f"there is no target {', '.join(unknown)}: name some of {', '.join(targets)}")


def _choose(options: argparse.Namespace, seconds: float) -> Work:
    from tests.fuzz import with_hypothesis

    crashes = _PLACE / "crashes"

    def use_atheris(target: Target, tell: Tell) -> None:
        corpus = _PLACE / "corpus"
        with_atheris.fuzz(target, seconds, options.seed, crashes, corpus, tell)

    def use_hypothesis(target: Target, tell: Tell) -> None:
        tell(with_hypothesis.fuzz(target, seconds, options.seed, crashes))

    return use_atheris if options.engine == "atheris" else use_hypothesis


def _tell(outcome: Outcome) -> None:
    if not outcome.failure:
        print(f"  {outcome.target}: {outcome.tried:,} inputs", flush=True)
        return
    print(f"  {outcome.target}: FAILED after {outcome.tried:,} inputs\n{outcome.failure}")
    if outcome.kept_in:
        print(f"  again: python -m tests.fuzz --again {outcome.target} {outcome.kept_in}")
    print(flush=True)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="all, if none is named")
    parser.add_argument("--seconds", type=float, default=30, help="in all; default 30")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="targets at a time")
    parser.add_argument("--seed", type=int, default=random.randrange(1, 2**31))
    default = _ENGINES[0] if with_atheris.is_installed() else _ENGINES[1]
    parser.add_argument("--engine", choices=_ENGINES, default=default)
    parser.add_argument("--again", nargs=2, metavar=("TARGET", "FILE"))
    return parser.parse_args(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
