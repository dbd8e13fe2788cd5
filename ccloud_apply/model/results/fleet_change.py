"""A change of how a stack of a fleet stands, as those who are notified are told."""

from datetime import datetime

from ccloud_apply.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetChange:
    """A stack stands otherwise than before, since the moment `since` (aware, UTC).

    `event` is what it was: `drift`, `failed`, `held`, `stale`, `proposed` or `clean`. `why` is the
    reason where there is one, `digest` that of the plan which waits for a decision.
    """

    account: str
    stack: str
    event: str
    since: datetime
    path: str
    commit: str | None = None
    why: str | None = None
    digest: str | None = None

    @property
    def subject(self) -> str:
        """The stack with its account, by which it is known in the fleet."""
        return f"{self.account}/{self.stack}"
