"""What `fleet.yaml` says, as values. How it is read belongs to `fleet/config/`.

Times are seconds. Credentials and addresses that may hold one are references: nothing here is a
secret.
"""

from collections.abc import Mapping
from dataclasses import field

from ccloud_apply.fleet.model.status import Mode, State
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.reference import Reference
from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.declared.stack import Locate
from ccloud_apply.model.declared.windows import Freeze, Window

FLEET_FILE = "fleet.yaml"
"""Where commands look for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountConfig:
    """One account, how it is reached, and what it takes from all workers together.

    `endpoint` is a URL, or `sandbox` for the embedded API with its data in `sandbox_db`.
    `requests_per_second` is None where only the platform's own limit counts. `runs` is the most
    stacks at a time, `creates` the most servers being created. All stacks are looked at every
    `sweep_s`. `secrets_prefix` begins the variables that its stacks see as CCLOUD_SECRET_*; without
    one they see those of the worker. `secret_commands` are the beginnings of the commands that a
    secret of theirs may come from, and `command_variables` what these commands get.
    """

    name: str
    endpoint: str
    client_id: Reference | None = None
    client_secret: Reference | None = None
    token: Reference | None = None
    ca_file: str | None = None
    proxy: Reference | None = None
    sandbox_db: str | None = None
    sandbox_speed: float | None = None
    requests_per_second: float | None = None
    runs: int = 4
    creates: int = 10
    concurrency: int | None = None
    sweep_s: float = 1800.0
    secrets_prefix: str | None = None
    secret_commands: tuple[tuple[str, ...], ...] = ()
    command_variables: tuple[str, ...] = ()


DEFAULT_STACKS = ("**/*.yaml", "**/*.yml")
"""Which files of a source are stacks if it does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceConfig:
    """Where stack files come from: a folder, or a repository of Git at a `ref`.

    `name` is unique in the fleet and shows no credential. `stacks` are globs below the root;
    `account` is a name, in which `{1}` stands for what the first `*` has matched. `env` is the
    environment of the project files. `webhook_secret` verifies what the repository's host sends.
    `signers` is a file of allowed signers for signatures by ssh, `token` the password for https.
    """

    name: str
    folder: str | None = None
    git: str | None = None
    ref: str = "HEAD"
    poll_s: float = 300.0
    is_signed: bool = False
    signers: str | None = None
    token: Reference | None = None
    stacks: tuple[str, ...] = DEFAULT_STACKS
    account: str | None = None
    env: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    webhook_secret: Reference | None = None
    source: SourceRange | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What happens to the stacks that it matches: the first rule that does counts.

    `labels`, `account` and `stack` (globs) must all match; empty ones match everything. `allow` are
    the classes of change that are applied without an approval; None allows all of them.
    """

    labels: Mapping[str, str] = field(default_factory=dict)
    account: str | None = None
    stack: str | None = None
    mode: Mode = "report"
    every_s: float = 1800.0
    allow: frozenset[str] | None = None
    windows: tuple[Window, ...] = ()
    freezes: tuple[Freeze, ...] = ()
    is_rehearsed: bool = False


TOLD = frozenset({"drift", "failed", "held", "stale", "proposed"})
"""What a sink is told whose entry has no `on`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sink:
    """Who is told of which states: a webhook (CloudEvents), or an address of Apprise."""

    name: str
    webhook: Reference | None = None
    apprise: Reference | None = None
    on: frozenset[str] = TOLD


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """How long is kept what nobody needs any more; what a run has left open is kept anyway."""

    runs_s: float = 90 * 86400.0
    reports_s: float = 30 * 86400.0


SCOPES = ("openid", "profile", "email")
"""What a sign-in by OpenID Connect asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Oidc:
    """Sign-in by OpenID Connect. `name_claim` names the claim with a person's name, which the
    issuer has to keep unique, `groups_claim` the one with the groups."""

    issuer: str
    client_id: str
    client_secret: Reference
    name_claim: str = "preferred_username"
    groups_claim: str = "groups"
    scopes: tuple[str, ...] = SCOPES


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyAuth:
    """Sign-in by a proxy, whose `header` counts from the `addresses` (or networks) alone."""

    addresses: tuple[str, ...]
    header: str = "X-Forwarded-User"
    groups_header: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HashedToken:
    """A token of a program or person, known by its SHA-256 (hexadecimal)."""

    name: str
    sha256: str
    roles: tuple[str, ...] = ("see",)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebConfig:
    """Who may use the page. Without any of the three ways to sign in it serves loopback alone.

    `url` is where people find it, `hosts` are further names of the machine.
    `roles` maps `see`, `approve`, `administer` to `user:NAME`, `group:NAME` or `*`; after `@` may
    stand a glob of accounts, for which alone it holds (`fleet/model/access.py`).
    """

    url: str | None = None
    hosts: tuple[str, ...] = ()
    oidc: Oidc | None = None
    proxy: ProxyAuth | None = None
    tokens: tuple[HashedToken, ...] = ()
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def has_auth(self) -> bool:
        """True if somebody can sign in."""
        return bool(self.oidc or self.proxy or self.tokens)


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetConfig:
    """All of `fleet.yaml`. `database` is None for SQLite in the work dir; `path` is its file.

    `locate` finds the place of a part of it by the steps to it; None for one that was not read.
    """

    path: str
    accounts: Mapping[str, AccountConfig]
    sources: tuple[SourceConfig, ...]
    rules: tuple[Rule, ...]
    database: Reference | None = None
    lease_s: float = 60.0
    sinks: tuple[Sink, ...] = ()
    keep: Keep = field(default_factory=Keep)
    web: WebConfig = field(default_factory=WebConfig)
    locate: Locate | None = field(default=None, compare=False, repr=False)


NOTIFIED: tuple[str, ...] = ("drift", "failed", "held", "stale", "proposed", "clean")
"""What `notify: on:` may name; `failed` is the state `failing`."""

STATE_OF_NOTIFIED: Mapping[str, State] = {
    "drift": "drift",
    "failed": "failing",
    "held": "held",
    "proposed": "proposed",
    "clean": "clean",
}
