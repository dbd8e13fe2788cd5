"""Brings a database to the version of this product. Migrations only add."""

from importlib import resources

from ccloud_apply.errors import StoreError
from ccloud_apply.fleet.store.database import Database

_CREATE = (
    "create table if not exists migration (version integer primary key, time double precision)"
)


def _load() -> dict[int, str]:
    """The statements of each version, by its number."""
    folder = resources.files("ccloud_apply.fleet.store") / "migrations"
    files = (file for file in folder.iterdir() if file.name.endswith(".sql"))
    return {int(file.name[:4]): file.read_text(encoding="utf-8") for file in files}


async def read_version(database: Database) -> int:
    """The newest migration that the database has had; 0 for an empty one. Raises StoreError."""
    async with database.write() as tx:
        await tx.execute(_CREATE)
        row = await tx.fetch_one("select max(version) as version from migration")
    return 0 if row is None or row["version"] is None else int(row["version"])


async def migrate(database: Database) -> int:
    """Do what is missing, each version in a transaction, and give back how many there were.

    Raises StoreError for a database that a newer version has made.
    """
    wanted, done = _load(), await read_version(database)
    if done > max(wanted):
        raise StoreError(
            f"the database has version {done}, and this version knows {max(wanted)}",
            hint="install the version that made it, or a newer one",
        )
    for version in sorted(number for number in wanted if number > done):
        async with database.write() as tx:
            for statement in split_statements(wanted[version]):
                await tx.execute(statement)
            await tx.execute(
                "insert into migration (version, time) values (:version, {now})", version=version
            )
    return sum(number > done for number in wanted)


def split_statements(text: str) -> list[str]:
    """The statements of a file, without its comments."""
    lines = (line.split("--")[0].rstrip() for line in text.splitlines())
    return [one.strip() for one in "\n".join(lines).split(";") if one.strip()]
