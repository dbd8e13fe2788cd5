"""How big a trial of a fleet is, and how rough."""

from collections.abc import Mapping
from dataclasses import dataclass

GRACE_OF_LEASE = 1.25
"""A lost answer is looked for longer than a lease lasts, or a lease would be cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """So many stacks of one server each, spread over the accounts. Seconds.

    Every `pause_s` (from, to) one worker is hit, at most `hits` times in all: killed, or with the
    chance `freeze` frozen for more than a lease. PostgreSQL is restarted once the part `restart_at`
    of the stacks has begun to run.
    """

    stacks: int = 500
    accounts: int = 5
    workers: int = 4
    concurrency: int = 6
    runs: int = 8
    lease_s: float = 8.0
    settle_s: float = 2.0
    speed: float = 40.0
    pause_s: tuple[float, float] = (3.0, 9.0)
    freeze: float = 0.25
    hits: int = 1_000_000
    restart_at: float = 0.5
    is_rough: bool = True
    longest_s: float = 1800.0
    seed: int = 1

    @property
    def environment(self) -> Mapping[str, str]:
        """What a worker is told beside fleet.yaml."""
        return {
            "CCLOUD_GRACE": str(self.lease_s * GRACE_OF_LEASE),
            "CCLOUD_SETTLE": str(self.settle_s),
        }

    def accounts_of(self) -> Mapping[str, int]:
        """The accounts and how many stacks each has."""
        names = [f"customer-{number + 1}" for number in range(self.accounts)]
        return {
            name: len(range(place, self.stacks, self.accounts)) for place, name in enumerate(names)
        }
