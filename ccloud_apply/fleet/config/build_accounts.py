"""The section `accounts` of fleet.yaml -> values."""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

from ccloud_apply.errors import UsageError
from ccloud_apply.fleet.config.build_parts import Path, Reading, read_reference
from ccloud_apply.fleet.config.durations import read_duration
from ccloud_apply.fleet.model.config import AccountConfig
from ccloud_apply.load.text.format_values import escape
from ccloud_apply.model.declared.reference import SECRET_PREFIX
from ccloud_apply.workflows.account.connection import DEFAULT_ENDPOINT, SANDBOX
from ccloud_apply.workflows.account.endpoint import check_endpoint

_CREDENTIALS = ("client_id", "client_secret", "token")
_WAY_OUT = "write client_id: {env: NAME} and client_secret: {env: NAME}, or token: {env: NAME}"
_TRY = "to try without an account, write endpoint: sandbox"


def read_account(name: str, entry: Mapping[str, Any], reading: Reading) -> AccountConfig:
    """One account. Reports credentials that are missing or have no use, and a bad address."""
    path: Path = ("accounts", name)
    endpoint = _read_endpoint(path, entry, reading)
    _check_credentials(path, entry, reading)
    limits = entry.get("limits") or {}
    secrets = entry.get("secrets") or {}
    file = reading.collector.path
    return AccountConfig(
        name=name,
        endpoint=endpoint,
        **{key: read_reference(entry.get(key), file) for key in (*_CREDENTIALS, "proxy")},
        ca_file=None if "ca_file" not in entry else reading.beside(entry["ca_file"]),
        sandbox_db=None if "sandbox_db" not in entry else reading.beside(entry["sandbox_db"]),
        sandbox_speed=entry.get("sandbox_speed"),
        requests_per_second=limits.get("requests_per_second"),
        runs=limits.get("runs", 4),
        creates=limits.get("creates", 10),
        concurrency=limits.get("concurrency"),
        sweep_s=read_duration((entry.get("sweep") or {}).get("every", "30m")),
        secrets_prefix=secrets.get("prefix"),
        secret_commands=tuple(map(tuple, secrets.get("commands") or ())),
        command_variables=tuple(secrets.get("variables") or ()),
    )


def _read_endpoint(path: Path, entry: Mapping[str, Any], reading: Reading) -> str:
    endpoint: str = entry.get("endpoint", DEFAULT_ENDPOINT)
    if endpoint == SANDBOX:
        return SANDBOX
    try:
        where = "client_id and client_secret, as references"
        return check_endpoint(endpoint, origin="", credentials=where)
    except UsageError as error:
        what = error.message.removeprefix(": ")
        reading.add("bad-value", (*path, "endpoint"), escape(what, limit=300), error.hint)
        return endpoint


def _check_credentials(path: Path, entry: Mapping[str, Any], reading: Reading) -> None:
    given = [key for key in _CREDENTIALS if key in entry]
    if entry.get("endpoint") == SANDBOX:
        for key in (*given, *(key for key in ("ca_file", "proxy") if key in entry)):
            reading.add("bad-value", (*path, key), "the sandbox does without it", "remove it")
        return
    for key in ("sandbox_db", "sandbox_speed"):
        if key in entry:
            reading.add("bad-value", (*path, key), "it is for endpoint: sandbox", "remove it")
    if "token" in given and len(given) > 1:
        what = "token and client_id with client_secret exclude each other"
        reading.add("bad-value", (*path, "token"), what, "remove one of them")
    elif given not in (["token"], ["client_id", "client_secret"]):
        missing = [key for key in _CREDENTIALS[:2] if key not in given]
        what = f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing"
        reading.add("missing-key", path, what, f"{_WAY_OUT}; {_TRY}")


def check_accounts(accounts: Mapping[str, AccountConfig], reading: Reading) -> None:
    """Reports names of one account, which must not have two, and secrets that two would see."""
    if not accounts:
        what = "a fleet has at least one account"
        reading.add(
            "bad-value", ("accounts",), what, "write accounts: {trial: {endpoint: sandbox}}"
        )
    for one, other in combinations(accounts.values(), 2):
        _check_pair(one, other, reading)


def _check_pair(one: AccountConfig, other: AccountConfig, reading: Reading) -> None:
    path: Path = ("accounts", other.name)
    if _identity(one) is not None and _identity(one) == _identity(other):
        what = f"it is the account {one.name} again: endpoint and credentials are the same"
        reading.add("bad-value", path, what, "a stack belongs to one account: remove one of them")
    elif one.sandbox_db is not None and one.sandbox_db == other.sandbox_db:
        what = f"the account {one.name} has the same file"
        reading.add("bad-value", (*path, "sandbox_db"), what, "name another file")
    first, second = (account.secrets_prefix or SECRET_PREFIX for account in (one, other))
    is_shared = one.secrets_prefix is None and other.secrets_prefix is None
    if not is_shared and (first.startswith(second) or second.startswith(first)):
        shorter, longer = sorted((first, second), key=len)
        where: Path = (*path, "secrets", "prefix") if other.secrets_prefix else path
        what = f"variables that begin with {longer} begin with {shorter} too, so the accounts"
        what += f" {one.name} and {other.name} would see each other's secrets"
        reading.add("bad-value", where, what, "give each a prefix of its own")


def _identity(account: AccountConfig) -> object:
    """What two entries of one account have in common; None for the sandbox."""
    if account.endpoint == SANDBOX:
        return None
    named = (account.client_id, account.token)
    return (account.endpoint, *(one and (one.kind, one.name) for one in named))
