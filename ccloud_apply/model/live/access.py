"""How a person gets into a server: its credentials. They are secrets and stand in no repr."""

from dataclasses import field

from ccloud_apply.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """An entry of `get_server_password`; None for what the answer does not tell."""

    username: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordAnswer:
    """The answer of `get_server_password`. It may be the only one that there will ever be, so one
    that cannot be understood is kept whole in `other`, as JSON; `entries` is empty then."""

    entries: tuple[Credentials, ...] = ()
    other: str | None = field(default=None, repr=False)
