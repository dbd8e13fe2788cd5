"""Flags and environment -> Settings: which API, whose credentials, where the working files are.

Every environment variable that the product itself reads is named here; CCLOUD_VAR_* and
CCLOUD_SECRET_* belong to stack files. Nothing is opened or connected here, and no message shows a
value that could be a secret.
"""

from collections.abc import Mapping
from math import isfinite
from typing import TYPE_CHECKING

from ccloud_apply.api.connection import DEFAULT_CONCURRENCY, check_concurrency
from ccloud_apply.api.proxy import choose_proxy
from ccloud_apply.cli.limits import read_limits
from ccloud_apply.cli.params.options import Flags
from ccloud_apply.errors import UsageError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.project import ExpectedAccount
from ccloud_apply.model.limits import DEFAULT_LIMITS, Limits
from ccloud_apply.workflows.account.connection import (
    DEFAULT_ENDPOINT,
    DEFAULT_SANDBOX_DB,
    DEFAULT_SANDBOX_SPEED,
    DEFAULT_WORK_DIR,
    SANDBOX,
    Connection,
    Execution,
)
from ccloud_apply.workflows.account.endpoint import check_endpoint

if TYPE_CHECKING:
    from ccloud_apply.workflows.inputs.project import OpenProject

_CREDENTIALS = ("CCLOUD_CLIENT_ID", "CCLOUD_CLIENT_SECRET", "CCLOUD_TOKEN")
_CONCURRENCY_DIGITS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that a command needs to know of its surroundings.

    `settle_s` is the pause before creating without a journal, `grace_s` how long a lost answer is
    looked for, `limits` what the platform takes.
    """

    connection: Connection
    work_dir: str
    settle_s: float
    grace_s: float
    limits: Limits = DEFAULT_LIMITS
    is_verbose: bool = False


def read_own_settings(flags: Flags, environment: Mapping[str, str]) -> Settings:
    """The settings of a command that is about no stack: its project is that of the current folder.

    Raises UsageError and, for the project file, StackError.
    """
    from ccloud_apply.cli.params.project import find_own_project  # not for a work dir alone

    return read_settings(flags, environment, find_own_project(flags, environment))


def read_settings(
    flags: Flags, environment: Mapping[str, str], project: "OpenProject | None"
) -> Settings:
    """Join flags and environment; a flag wins. The project says which account is expected, and what
    the platform takes where no variable says it.

    Raises UsageError, which names the flag or variable.
    """
    limits = read_limits(environment)
    expected: tuple[ExpectedAccount, ...] = ()
    if project is not None:
        limits = limits.with_others(project.project.limits)
        expected = project.project.accounts_of(project.env)
    is_sandbox, endpoint = _choose_endpoint(flags, environment)
    credentials = {} if is_sandbox else _read_credentials(environment)
    connection = Connection(
        endpoint=SANDBOX if is_sandbox else endpoint,
        client_id=credentials.get("client_id"),
        client_secret=credentials.get("client_secret"),
        token=credentials.get("token"),
        expected=expected,
        is_unknown_accepted=flags.is_account_unknown_ok,
        sandbox_db=environment.get("CCLOUD_SANDBOX_DB") or DEFAULT_SANDBOX_DB,
        sandbox_speed=_read_number(environment, "CCLOUD_SANDBOX_SPEED", DEFAULT_SANDBOX_SPEED),
        sandbox_faults=environment.get("CCLOUD_SANDBOX_FAULTS") or None,
        sandbox_limits=limits,
        ca_file=environment.get("SSL_CERT_FILE") or None,
        proxy=None if is_sandbox else choose_proxy(endpoint, environment),
        concurrency=_read_concurrency(environment),
    )
    usual = Execution()
    return Settings(
        connection=connection,
        work_dir=read_work_dir(environment),
        settle_s=_read_number(environment, "CCLOUD_SETTLE", usual.settle_at(connection)),
        grace_s=_read_number(environment, "CCLOUD_GRACE", usual.grace_at(connection)),
        limits=limits,
        is_verbose=flags.is_verbose,
    )


def read_execution(environment: Mapping[str, str]) -> Execution:
    """How plans are applied, where an account says the rest itself. Raises UsageError."""
    settle_s, grace_s = (
        _read_number(environment, name, 0.0) if environment.get(name) else None
        for name in ("CCLOUD_SETTLE", "CCLOUD_GRACE")
    )
    return Execution(
        work_dir=read_work_dir(environment),
        settle_s=settle_s,
        grace_s=grace_s,
        limits=read_limits(environment),
    )


def can_connect(flags: Flags, environment: Mapping[str, str]) -> bool:
    """True for the embedded API, and where credentials are set, whole or in part.

    Raises UsageError for an endpoint that cannot be one.
    """
    is_sandbox, _ = _choose_endpoint(flags, environment)
    return is_sandbox or any(environment.get(name) for name in _CREDENTIALS)


def read_work_dir(environment: Mapping[str, str]) -> str:
    """The folder of journals and locks; asked alone where no account is needed."""
    return environment.get("CCLOUD_WORK_DIR") or DEFAULT_WORK_DIR


def _choose_endpoint(flags: Flags, environment: Mapping[str, str]) -> tuple[bool, str]:
    if flags.is_sandbox and flags.endpoint not in (None, SANDBOX):
        raise UsageError("--sandbox and --endpoint exclude each other", hint="give one of them")
    if flags.is_sandbox or flags.endpoint == SANDBOX:
        return True, ""
    if flags.endpoint is not None:
        return False, check_endpoint(flags.endpoint, origin="--endpoint")
    endpoint = environment.get("CCLOUD_ENDPOINT") or DEFAULT_ENDPOINT
    if endpoint == SANDBOX:
        return True, ""
    return False, check_endpoint(endpoint, origin="CCLOUD_ENDPOINT")


def _read_credentials(environment: Mapping[str, str]) -> dict[str, str | None]:
    client_id, client_secret, token = (read_secret(environment, name) for name in _CREDENTIALS)
    if token or (client_id and client_secret):
        return {"client_id": client_id, "client_secret": client_secret, "token": token}
    way_out = "or try everything without an account: --sandbox"
    if client_id or client_secret:
        missing = "CCLOUD_CLIENT_SECRET" if client_id else "CCLOUD_CLIENT_ID"
        given = "CCLOUD_CLIENT_ID" if client_id else "CCLOUD_CLIENT_SECRET"
        raise UsageError(f"{given} is set, but {missing} is not", hint=f"set it, {way_out}")
    raise UsageError(
        "no credentials for the API",
        hint=f"set CCLOUD_CLIENT_ID and CCLOUD_CLIENT_SECRET, or CCLOUD_TOKEN; {way_out}",
    )


def read_secret(environment: Mapping[str, str], name: str) -> str | None:
    """A credential, or None where it is not set. Raises UsageError for what can be none."""
    value = environment.get(name)
    if not value:
        return None
    if not (value.isascii() and value.isprintable()) or value != value.strip():
        raise UsageError(
            f"{name} contains a character that no credential has, perhaps a line feed at its end",
            hint=f'in a shell, {name}="$(cat FILE)" reads a file without its last line feed',
        )
    return value


def read_plan_key(environment: Mapping[str, str]) -> str | None:
    """The key of CCLOUD_PLAN_KEY, which signs plan files; None where it is not set.

    Raises UsageError for one that is set and empty: what a secret that is missing leaves behind
    must not pass for a decision to do without signatures.
    """
    if environment.get("CCLOUD_PLAN_KEY") == "":
        raise UsageError(
            "CCLOUD_PLAN_KEY is set but empty", hint="set the key, or unset the variable"
        )
    return read_secret(environment, "CCLOUD_PLAN_KEY")


def _read_concurrency(environment: Mapping[str, str]) -> int:
    """The most requests at a time. Raises UsageError."""
    text = (environment.get("CCLOUD_CONCURRENCY") or str(DEFAULT_CONCURRENCY)).strip()
    is_number = text.isascii() and text.isdecimal() and len(text) <= _CONCURRENCY_DIGITS
    number = int(text) if is_number else text
    check_concurrency(number, "CCLOUD_CONCURRENCY")
    return int(number)


def _read_number(environment: Mapping[str, str], name: str, default: float) -> float:
    text = environment.get(name)
    if not text:
        return default
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if number < 0 or not isfinite(number):
        raise UsageError(f"{name} must be a number, 0 or more")
    return number
