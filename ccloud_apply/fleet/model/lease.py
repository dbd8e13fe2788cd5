"""What a lease is about: one thing of a fleet that one worker at a time may work on."""

from typing import Literal

from ccloud_apply.lazy_dataclass import dataclass

LeaseKind = Literal["stack", "account", "source"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseKey:
    """A stack, an account (its sweep) or a source (its poll).

    `account` is empty for a source, `name` for an account.
    """

    kind: LeaseKind
    account: str = ""
    name: str = ""

    def __str__(self) -> str:
        if self.kind == "account":
            return f"the account {self.account}"
        if self.kind == "source":
            return f"the source {self.name}"
        return f"the stack {self.name} in the account {self.account}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseHolder:
    """Who has a lease, and for how many seconds still if it is not renewed; below zero: it has
    ended, and nobody has taken it over yet."""

    holder: str
    fence: int
    left_s: float
