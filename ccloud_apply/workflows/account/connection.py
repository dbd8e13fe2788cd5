"""Which account, and how its plans are applied. Values only, and nothing heavy is imported.

Where a value comes from, a flag or a variable of the environment, does not belong here.
"""

from dataclasses import field
from math import isfinite

from ccloud_apply.api.connection import DEFAULT_CONCURRENCY, check_concurrency
from ccloud_apply.errors import UsageError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.project import ExpectedAccount
from ccloud_apply.model.limits import DEFAULT_LIMITS, Limits

DEFAULT_ENDPOINT = "https://ccenter.internet1.de/api/v1"
SANDBOX = "sandbox"
"""The endpoint that means the embedded API, in this process."""

DEFAULT_WORK_DIR = ".ccloud-apply"
DEFAULT_SANDBOX_DB = f"{DEFAULT_WORK_DIR}/sandbox.db"
DEFAULT_SANDBOX_SPEED = 20.0
"""The embedded API's tasks run this many times faster than the platform's: a create takes 2 s."""

SETTLE_S = 20.0
GRACE_S = 180.0
POLL_MIN_S = 0.5
POLL_MAX_S = 10.0
SANDBOX_POLL_MIN_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """Which account, and how it is reached.

    `endpoint` is a URL, or `sandbox` for the embedded API, which needs
    no credentials: `sandbox_db` is the file of its data, `sandbox_speed` how many times faster than
    the platform its tasks run, `sandbox_faults` a file that says what goes wrong there,
    `sandbox_limits` what it takes. Every other
    endpoint needs `client_id` with `client_secret`, or a `token`. `ca_file` replaces the system's
    certificates, `proxy` is a URL. `concurrency` is the most requests at a time, from 1 to 256: a
    run starts with up to 16 and finds how many there can be.

    `expected` are the accounts of which this has to be one; none means that any will do. Where
    nothing tells which customer's it is, nothing is created, replaced or destroyed, unless
    `is_unknown_accepted`.
    """

    endpoint: str = DEFAULT_ENDPOINT
    client_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    ca_file: str | None = None
    proxy: str | None = field(default=None, repr=False)
    concurrency: int = DEFAULT_CONCURRENCY
    sandbox_db: str = DEFAULT_SANDBOX_DB
    sandbox_speed: float = DEFAULT_SANDBOX_SPEED
    sandbox_faults: str | None = None
    sandbox_limits: Limits = DEFAULT_LIMITS
    expected: tuple[ExpectedAccount, ...] = ()
    is_unknown_accepted: bool = False

    def __post_init__(self) -> None:
        """Raises UsageError for a `concurrency` that means nothing."""
        check_concurrency(self.concurrency, "concurrency")
        object.__setattr__(self, "endpoint", self.endpoint.rstrip("/"))

    @property
    def is_sandbox(self) -> bool:
        """True for the embedded API."""
        return self.endpoint == SANDBOX

    @property
    def poll_min_s(self) -> float:
        """The shortest pause between two looks at running tasks, in seconds."""
        return SANDBOX_POLL_MIN_S if self.is_sandbox else POLL_MIN_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """How a plan is applied.

    `parallelism` is the number of steps at the same time. `timeout_s` is how long one task may
    take, `lock_timeout_s` how long another apply of the same stack is waited for. `settle_s` is the
    pause before creating without a journal, `grace_s` how long a lost answer is looked for; None
    takes 20 and 180, and 0 for the embedded API. `work_dir` is the folder of journals and locks.
    `limits` is what the platform takes. All times are seconds.
    """

    parallelism: int = 10
    timeout_s: float = 1800
    lock_timeout_s: float = 0
    settle_s: float | None = None
    grace_s: float | None = None
    work_dir: str = DEFAULT_WORK_DIR
    limits: Limits = DEFAULT_LIMITS

    def __post_init__(self) -> None:
        """Raises UsageError for a number that means nothing."""
        if not isinstance(self.parallelism, int) or self.parallelism < 1:
            raise UsageError(f"parallelism: {self.parallelism} is not a whole number of at least 1")
        if not (self.timeout_s > 0 and isfinite(self.timeout_s)):
            raise UsageError(f"timeout_s: {self.timeout_s} seconds is not a valid time for a task")
        for name in ("lock_timeout_s", "settle_s", "grace_s"):
            seconds = getattr(self, name)
            if seconds is not None and not (seconds >= 0 and isfinite(seconds)):
                raise UsageError(f"{name}: {seconds} is not a number of seconds of at least 0")

    def settle_at(self, connection: Connection) -> float:
        """`settle_s`, or what suits the connection."""
        if self.settle_s is not None:
            return self.settle_s
        return 0.0 if connection.is_sandbox else SETTLE_S

    def grace_at(self, connection: Connection) -> float:
        """`grace_s`, or what suits the connection."""
        if self.grace_s is not None:
            return self.grace_s
        return 0.0 if connection.is_sandbox else GRACE_S
