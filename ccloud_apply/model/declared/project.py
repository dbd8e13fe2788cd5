"""What the project file says that is no part of a stack: accounts, environments, which files."""

from collections.abc import Mapping
from dataclasses import field

from ccloud_apply.lazy_dataclass import dataclass
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
        """The account that this environment is for: what it says itself, and for the parts that it
        does not say, what the project says."""
        environment = None if env is None else self.environments.get(env)
        own = None if environment is None else environment.account
        if own is None or self.account is None:
            return self.account if own is None else own
        return ExpectedAccount(
            customer_id=own.customer_id or self.account.customer_id,
            endpoint=own.endpoint or self.account.endpoint,
            source=own.source,
        )

    def accounts_of(self, env: str | None) -> tuple[ExpectedAccount, ...]:
        """The accounts of which a run in this environment expects one; none if any will do.

        A run in no environment expects the project's account, else one of its environments', if
        each of them says one.
        """
        one = self.account_of(env)
        if one is not None:
            return (one,)
        if env is not None or not self.environments:
            return ()
        accounts = tuple(self.account_of(name) for name in self.environments)
        return () if None in accounts else tuple(filter(None, accounts))
