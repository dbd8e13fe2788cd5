"""What one run of a workflow works with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from ccloud_apply.api.client import Client
from ccloud_apply.clock import Clock
from ccloud_apply.files import read_reference
from ccloud_apply.model.declared.reference import SECRET_PREFIX, Reference
from ccloud_apply.workflows.account.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one run of a workflow works with: an open client, a clock, and where secrets are.

    `environment` holds the variables that a stack file may refer to, CCLOUD_SECRET_*.
    `account_doubt` says why it is not certain that this is the account that the connection expects;
    None where it is, or where any will do.
    """

    client: Client
    clock: Clock
    connection: Connection
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    account_doubt: str | None = None

    @property
    def read_reference(self) -> Callable[[Reference], str]:
        """Reads a secret or a file that a stack refers to. Raises UnreadableReferenceError."""
        return partial(read_reference, environment=self.environment)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What a stack file may name as a secret: it may have been sent to the account, which may
        quote it."""
        named = self.environment.items()
        return tuple(value for name, value in named if name.startswith(SECRET_PREFIX))
