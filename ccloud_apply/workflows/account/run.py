"""What one run of a workflow works with."""

from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from pathlib import Path

from ccloud_apply.api.client import Client
from ccloud_apply.clock import Clock
from ccloud_apply.errors import UnreadableReferenceError
from ccloud_apply.files import read_reference
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.reference import SECRET_PREFIX, Reference
from ccloud_apply.secret_commands import SecretCommands, find_program
from ccloud_apply.workflows.account.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one run of a workflow works with: an open client, a clock, and where secrets are.

    `environment` holds the variables that a stack file may refer to, CCLOUD_SECRET_*, and those
    that the commands of secrets get.
    `account_doubt` says why it is not certain that this is the account that the connection expects;
    None where it is, or where any will do.
    `worker_prefix` begins the variables of a worker that stacks see as CCLOUD_SECRET_*; None where
    they see those of whoever runs the command.
    `root` is the folder that paths of stack files begin in: the current one, unless `at` says
    another.
    """

    client: Client
    clock: Clock
    connection: Connection
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    commands: SecretCommands = field(default_factory=SecretCommands, repr=False)
    account_doubt: str | None = None
    worker_prefix: str | None = None
    root: Path = field(default_factory=Path)

    def at(self, root: Path) -> "Run":
        """The same account for stacks whose paths begin in that folder. Their commands are run
        anew."""
        return replace(self, root=root, commands=SecretCommands())

    def read_reference(self, reference: Reference) -> str:
        """Read a secret or a file that a stack refers to. Raises UnreadableReferenceError."""
        reference = reference.at(self.root)
        if reference.kind == "command":
            text = self.commands.read(reference, self.environment)
        else:
            text = self._read(reference)
        if reference.is_secret:
            self.client.hide(text)
        return text

    def _read(self, reference: Reference) -> str:
        try:
            return read_reference(reference, self.environment)
        except UnreadableReferenceError as error:
            if reference.kind != "env" or self.worker_prefix is None:
                raise
            name = self.worker_prefix + reference.name.removeprefix(SECRET_PREFIX)
            raise UnreadableReferenceError(
                error.message, hint=f"set {name} for the worker, and start it again"
            ) from None

    async def run_commands(self, references: Iterable[Reference]) -> None:
        """Run the commands among these, so that whoever cancels need not wait for one.

        Raises UnreadableReferenceError.
        """
        for reference in references:
            if reference.kind == "command":
                await self.commands.run(reference.at(self.root), self.environment)

    def look_up(self, reference: Reference) -> str:
        """The same for what is not approved yet: no command is run, only its program is looked for.

        Raises UnreadableReferenceError.
        """
        if reference.kind != "command":
            return self.read_reference(reference)
        find_program(reference, self.environment)
        return ""

    @property
    def secrets(self) -> tuple[str, ...]:
        """What a stack file may name as a secret: it may have been sent to the account, which may
        quote it."""
        named = self.environment.items()
        return tuple(value for name, value in named if name.startswith(SECRET_PREFIX))
