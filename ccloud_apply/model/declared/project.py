"""What the project file says that is no part of a stack: accounts, environments, which files."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.declared.stack import Policy

PROJECT_FILE = "ccloud-apply.yaml"

ALL_ENVIRONMENTS = "all"
"""What stands for every environment where a command takes that; no environment has this name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedAccount:
    """The account that a project or an environment is for; None is a part that is not said.

    It is compared with the account that the command is connected to, and connects nowhere itself.
    """

    customer_id: str | None = None
    endpoint: str | None = None
    source: SourceRange


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """One entry of `environments`. `var_files` are relative to the project file's folder."""

    name: str
    source: SourceRange
    var_files: tuple[str, ...] = ()
    account: ExpectedAccount | None = None
    policy: Policy = field(default_factory=Policy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project file. Globs and paths in it are relative to its folder.

    `stacks` are globs of the files that are stacks. `limits` are what the platform takes, by the
    names of the file. `secret_commands` are the beginnings of the commands that a secret may come
    from: `("sops", "decrypt")` allows `sops decrypt FILE`.
    """

    name: str
    path: str
    source: SourceRange
    stacks: tuple[str, ...] = ()
    account: ExpectedAccount | None = None
    policy: Policy = field(default_factory=Policy)
    limits: Mapping[str, int] = field(default_factory=dict)
    environments: Mapping[str, Environment] = field(default_factory=dict)
    secret_commands: tuple[tuple[str, ...], ...] = ()

    def account_of(self, env: str | None) -> ExpectedAccount | None:
        """The account that this environment is for: its own, else the project's."""
        environment = None if env is None else self.environments.get(env)
        own = None if environment is None else environment.account
        return self.account if own is None else own
