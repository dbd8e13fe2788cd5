"""How stacks, runs and plans of a fleet stand: the words that the tables and the JSON have."""

from typing import Literal, get_args

State = Literal["clean", "drift", "proposed", "held", "failing", "unknown"]
"""How a stack was seen last. `unknown`: never, or its file has vanished."""

STATES: tuple[State, ...] = get_args(State)

Mode = Literal["report", "propose", "apply"]
"""What a run may do: look, save a plan that somebody approves, or apply."""

Kind = Literal["sweep", "plan", "apply"]
"""What a run was: the look at a whole account, a plan of one stack, or an apply of one."""

Cause = Literal["schedule", "commit", "person", "take-over"]
"""Why a run was made."""

Outcome = Literal["clean", "drift", "proposed", "applied", "held", "failed", "stopped", "lost"]
"""What came of a run. `stopped`: it was asked to stop; `lost`: another worker took its stack over.
None in the tables while it runs."""

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)

Decision = Literal["proposed", "approved", "rejected", "applied", "superseded"]
"""What became of a saved plan. `superseded`: a newer plan of its stack took its place."""

PRIORITIES = {"schedule": 0, "commit": 1, "take-over": 2, "person": 3}
"""The higher one goes first. What a worker has left half done, such as a server that is off for a
resize, does not wait for a storm of commits."""
