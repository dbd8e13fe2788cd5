"""Opens an account of a fleet: one client, which all sweeps and runs of a process share."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from ccloud_apply.api.connection import DEFAULT_CONCURRENCY
from ccloud_apply.api.http.permits import Permits
from ccloud_apply.api.proxy import choose_proxy
from ccloud_apply.fleet.model.config import AccountConfig
from ccloud_apply.fleet.secrets import read_secret, stack_environment
from ccloud_apply.model.declared.reference import SECRET_PREFIX, Reference
from ccloud_apply.workflows.account.connect import open_run
from ccloud_apply.workflows.account.connection import (
    DEFAULT_SANDBOX_SPEED,
    DEFAULT_WORK_DIR,
    SANDBOX,
    Connection,
)
from ccloud_apply.workflows.account.run import Run


@asynccontextmanager
async def open_account(
    account: AccountConfig,
    environment: Mapping[str, str],
    *,
    work_dir: str = DEFAULT_WORK_DIR,
    permits: Permits | None = None,
) -> AsyncIterator[Run]:
    """A run of the account, closed at the end. Its environment is that of the account's stacks.
    `permits` are what all workers of the account share.

    Credentials are read now, and kept by the client alone. Raises UnreadableReferenceError for one
    that cannot be read, UsageError for a connection that cannot be used.
    """
    connection = await read_connection(account, environment, work_dir=work_dir)
    seen = stack_environment(account, environment)
    async with open_run(connection, environment=seen, permits=permits) as run:
        yield replace(run, worker_prefix=account.secrets_prefix or SECRET_PREFIX)


async def read_connection(
    account: AccountConfig, environment: Mapping[str, str], *, work_dir: str = DEFAULT_WORK_DIR
) -> Connection:
    """How the account is reached, with its credentials. Raises UnreadableReferenceError."""
    concurrency = account.concurrency or DEFAULT_CONCURRENCY
    if account.endpoint == SANDBOX:
        return Connection(
            endpoint=SANDBOX,
            sandbox_db=account.sandbox_db or str(Path(work_dir) / f"sandbox-{account.name}.db"),
            sandbox_speed=account.sandbox_speed or DEFAULT_SANDBOX_SPEED,
            concurrency=concurrency,
        )

    async def read(reference: Reference | None) -> str | None:
        return None if reference is None else await read_secret(reference, environment)

    return Connection(
        endpoint=account.endpoint,
        client_id=await read(account.client_id),
        client_secret=await read(account.client_secret),
        token=await read(account.token),
        ca_file=account.ca_file or environment.get("SSL_CERT_FILE") or None,
        proxy=await read(account.proxy) or choose_proxy(account.endpoint, environment),
        concurrency=concurrency,
    )
