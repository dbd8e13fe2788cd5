"""Who may do what in which accounts: roles, grants and people. Pure.

How a person is recognised belongs to `fleet/web/auth/`.
"""

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Literal, get_args

from ccloud_apply.fleet.model.config import WebConfig
from ccloud_apply.lazy_dataclass import dataclass

Role = Literal["see", "approve", "administer"]
"""`approve` includes `see`, `administer` includes both."""

ROLES: tuple[Role, ...] = get_args(Role)

ROLE_OF_DECISION: Mapping[str, Role] = {
    "approve": "approve",
    "reject": "approve",
    "run": "approve",
    "pause": "approve",
    "resume": "approve",
    "allow-destroy": "administer",
}
"""What a decision about a stack takes; `allow-destroy` raises a cap."""

MAX_NAME_LENGTH = 200
"""The longest name of a person or a group."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A role in the accounts that the glob matches."""

    role: Role
    accounts: str = "*"

    def covers(self, role: Role, account: str) -> bool:
        """True if it is this role, or one that includes it, in this account."""
        return self.includes(role) and fnmatchcase(account, self.accounts)

    def includes(self, role: Role) -> bool:
        """True if it is this role, or one that includes it."""
        return ROLES.index(self.role) >= ROLES.index(role)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who uses the page. `name` is what the audit shows; `way` is how they signed in."""

    name: str
    way: Literal["local", "token", "proxy", "oidc"]
    grants: tuple[Grant, ...] = ()

    def may(self, role: Role, account: str) -> bool:
        """True if the person has the role in this account."""
        return any(grant.covers(role, account) for grant in self.grants)

    def may_everywhere(self, role: Role) -> bool:
        """True if the person has the role in every account, also in those to come."""
        return any(grant.accounts == "*" and grant.includes(role) for grant in self.grants)

    def choose(self, role: Role, accounts: Iterable[str]) -> tuple[str, ...]:
        """Those of the accounts in which the person has the role, in their order."""
        return tuple(account for account in accounts if self.may(role, account))


EVERYTHING: tuple[Grant, ...] = (Grant("administer"),)
"""The grants of whoever uses a page without sign-in, which this machine alone can reach."""


def split_accounts(text: str, known: Iterable[str]) -> tuple[str, str]:
    """`WHAT@GLOB` as its two parts, given the accounts of the fleet; the glob is `*` where there is
    none.

    What follows the last `@` is a glob if it matches an account, or if it has no dot; else it
    belongs to the name: `user:anna@example.com` is a person. `user:anna@example.com@*` is one in
    any case.
    """
    what, sign, glob = text.rpartition("@")
    if not sign or ("." in glob and not any(fnmatchcase(name, glob) for name in known)):
        return text, "*"
    return what, glob


def find_grants(
    web: WebConfig, known: Iterable[str], name: str, groups: Iterable[str]
) -> tuple[Grant, ...]:
    """What `web.roles` gives to a person who signed in under this name with these groups. `known`
    are the accounts of the fleet."""
    accounts = tuple(known)
    subjects = {"*", f"user:{name}", *(f"group:{group}" for group in groups)}
    return tuple(
        Grant(role, glob)
        for role in ROLES
        for text in web.roles.get(role, ())
        for subject, glob in (split_accounts(text, accounts),)
        if subject in subjects
    )


def token_grants(roles: Iterable[str]) -> tuple[Grant, ...]:
    """The grants of a token, of which each is `ROLE` or `ROLE@GLOB`; others give nothing."""
    found = (text.partition("@") for text in roles)
    return tuple(
        Grant(role, glob or "*") for what, _, glob in found for role in ROLES if role == what
    )


Place = tuple[str | int, ...]
"""Where something stands in `fleet.yaml`."""


def find_unmatched(web: WebConfig, known: Iterable[str]) -> Iterator[tuple[Place, str]]:
    """The globs of roles and tokens that match no account of the fleet, with their places."""
    accounts = tuple(known)
    for place, glob in _list_globs(web, accounts):
        if not any(fnmatchcase(name, glob) for name in accounts):
            yield place, glob


def _list_globs(web: WebConfig, known: tuple[str, ...]) -> Iterator[tuple[Place, str]]:
    for role, subjects in web.roles.items():
        for at, text in enumerate(subjects):
            yield ("web", "roles", role, at), split_accounts(text, known)[1]
    for number, token in enumerate(web.tokens):
        for at, text in enumerate(token.roles):
            yield ("web", "auth", "tokens", number, "roles", at), text.partition("@")[2] or "*"


def is_name(text: str) -> bool:
    """True if the text can be the name of a person or a group: short, visible, and not one that
    the audit uses for something else (`local`, `token:NAME`)."""
    is_ours = text == "local" or text.startswith("token:")
    is_visible = text.isprintable() and text.strip() == text
    return 0 < len(text) <= MAX_NAME_LENGTH and is_visible and not is_ours
