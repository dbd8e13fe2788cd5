"""What a stack file gets from outside: its project, the environment, and other files."""

from collections.abc import Callable, Mapping
from dataclasses import field

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.load.text.node import Node
from ccloud_apply.model.declared.project import ExpectedAccount
from ccloud_apply.model.declared.stack import Policy

ReadBeside = Callable[[str, str], bytes]
"""`read(name, base)`: the contents of the file `name`, relative to the folder of the file `base`.

Raises ValueError with one sentence: no such file, too large, or outside of the folders that may be
read."""


def read_nothing(_name: str, _base: str) -> bytes:
    """For a text that comes alone. Raises ValueError always."""
    raise ValueError("no other file can be read here")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inherited:
    """What stands under and above a stack file's own values.

    `env` is the environment's name. `variables` are the project's, weaker than those that the stack
    declares; `values` are the environment's (its variables, then its var_files), stronger than
    them. `defaults` are the project's. `policies` are those of the project and of the environment,
    of which the strictest counts. `secret_commands` are the beginnings of commands that a secret
    may come from (`Project.secret_commands`). `read` reads the files that the stack names.

    `others` are the other environments that may be of the same account, so that no stack may have
    the same name there; where no environment is chosen, all of them. `apart` are those that expect
    an account where this one expects none, each with that account: only the account that is
    connected to tells whether they are of one.
    """

    env: str | None = None
    variables: Mapping[str, Node] = field(default_factory=dict, repr=False)
    values: Mapping[str, Node] = field(default_factory=dict, repr=False)
    defaults: Node | None = None
    policies: tuple[Policy, ...] = ()
    secret_commands: tuple[tuple[str, ...], ...] = ()
    read: ReadBeside = read_nothing
    others: "tuple[Inherited, ...]" = ()
    apart: "tuple[tuple[ExpectedAccount, Inherited], ...]" = ()


NOTHING_INHERITED = Inherited()
