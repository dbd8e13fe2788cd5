"""The workers of a trial, and what befalls them."""

import random
import signal
import time
from dataclasses import dataclass, field

from benchmarks.fleet.processes import Program
from benchmarks.fleet.world import World


@dataclass(slots=True)
class Crew:
    """One `serve`, which writes what fleet.yaml says into the tables and polls nothing itself, and
    so many workers at any time. What is hit is replaced at once; what was frozen wakes up more
    than a lease later, beside its replacement, and is asked to end some time after."""

    world: World
    random: random.Random
    kills: int = 0
    freezes: int = 0
    replaced: int = 0
    _working: list[Program] = field(default_factory=list)
    _frozen: list[tuple[float, Program]] = field(default_factory=list)
    _woken: list[tuple[float, Program]] = field(default_factory=list)
    _count: int = 0
    _serving: Program | None = None

    def fill(self) -> None:
        """Replace those that have ended by themselves, and see to those that are frozen."""
        trial = self.world.trial
        if self._serving is None or self._serving.is_over:
            self.replaced += self._serving is not None
            place = ("--no-worker", "--listen", "127.0.0.1:0", "--drain", "0")
            self._serving = self.world.start("serve", *place, name="serve")
        for program in [one for one in self._working if one.is_over]:
            self._working.remove(program)
            self.replaced += 1
        while len(self._working) < trial.workers:
            self._count += 1
            arguments = ("worker", "--concurrency", str(trial.concurrency), "--drain", "5")
            self._working.append(self.world.start(*arguments, name=f"worker-{self._count}"))
        now = time.monotonic()
        for wakes_at, program in [one for one in self._frozen if one[0] <= now]:
            self._frozen.remove((wakes_at, program))
            program.send(signal.SIGCONT)
            self._woken.append((now + trial.lease_s / 2, program))
        for ends_at, program in [one for one in self._woken if one[0] <= now]:
            self._woken.remove((ends_at, program))
            program.end()

    def hit(self) -> None:
        """Kill or freeze one of them, and have another in its place."""
        trial = self.world.trial
        program = self._working.pop(self.random.randrange(len(self._working)))
        if self.random.random() < trial.freeze:
            self.freezes += 1
            program.send(signal.SIGSTOP)
            sleeps_s = trial.lease_s * self.random.uniform(1.2, 1.8)
            self._frozen.append((time.monotonic() + sleeps_s, program))
        else:
            self.kills += 1
            program.end(signal.SIGKILL)
        self.fill()

    def wake_all(self) -> None:
        """Let those that are frozen go on."""
        self._frozen = [(0.0, program) for _, program in self._frozen]
        self.fill()

    def end(self) -> None:
        """Ask all of them to end, and wait for it."""
        self.wake_all()
        serving = [] if self._serving is None else [self._serving]
        everybody = [*serving, *self._working, *(program for _, program in self._woken)]
        for program in everybody:
            program.send(signal.SIGTERM)
        for program in everybody:
            program.end()
