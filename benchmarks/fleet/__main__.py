"""`python -m benchmarks.fleet`: stacks of a fleet, whose workers are killed and frozen meanwhile.

PostgreSQL, the APIs of the accounts and the workers are processes of this machine, made for the
trial and taken away after it. Nothing else is needed.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from benchmarks.fleet.options import Trial
from benchmarks.fleet.run import Verdict, run_trial


def main(arguments: Sequence[str]) -> int:
    """Run and print. 1 if a stack is not as declared, or something was made twice."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fleet", description=__doc__)
    for name in ("stacks", "accounts", "workers", "concurrency", "runs", "seed"):
        parser.add_argument(f"--{name}", type=int, default=_default(name), help="%(default)s")
    for name in ("lease", "settle", "longest"):
        parser.add_argument(
            f"--{name}", type=float, default=_default(f"{name}_s"), help="seconds: %(default)s"
        )
    parser.add_argument("--speed", type=float, default=_default("speed"), help="%(default)s")
    parser.add_argument("--calm", action="store_true", help="hit and restart nothing")
    parser.add_argument("--folder", type=Path, help="keep everything here, in an empty folder")
    options = parser.parse_args(arguments)
    trial = Trial(
        stacks=options.stacks,
        accounts=options.accounts,
        workers=options.workers,
        concurrency=options.concurrency,
        runs=options.runs,
        seed=options.seed,
        lease_s=options.lease,
        settle_s=options.settle,
        longest_s=options.longest,
        speed=options.speed,
        is_rough=not options.calm,
    )
    with tempfile.TemporaryDirectory(prefix="fleet-trial-") as place:
        folder = options.folder or Path(place)
        folder.mkdir(parents=True, exist_ok=True)
        verdict = run_trial(trial, folder, tell=lambda text: print(text, flush=True))
    print(render_verdict(verdict))
    return 0 if verdict.is_good else 1


def render_verdict(verdict: Verdict) -> str:
    """The figures of a trial, one a line."""
    outcomes = ", ".join(f"{number} {name}" for name, number in verdict.outcomes.items())
    lines = [
        f"stacks as declared  {verdict.converged} of {verdict.stacks}",
        f"servers twice       {verdict.twins}",
        f"servers missing     {verdict.missing}",
        f"took                {verdict.seconds:.0f} s",
        f"killed, frozen      {verdict.kills}, {verdict.freezes}",
        f"restarts            {verdict.restarts} of PostgreSQL; {verdict.replaced} workers ended",
        f"runs and sweeps     {outcomes}",
        f"requests            {verdict.requests:,}",
        f"processor           {verdict.cpu_s:.1f} s in all processes of the fleet",
        f"memory              {verdict.peak_mb:.0f} MB at most in one",
        f"jobs left           {verdict.jobs_left}",
    ]
    lines += [f"a program ended: {text}" for text in verdict.complaints]
    return "\n".join(lines)


def _default(name: str) -> object:
    return next(field.default for field in fields(Trial) if field.name == name)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
