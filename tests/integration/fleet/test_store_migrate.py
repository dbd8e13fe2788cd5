"""Databases of other versions: brought to this one, or refused with the way out."""

import asyncio
from pathlib import Path

import pytest

from ccloud_apply.errors import StoreError, UsageError
from ccloud_apply.fleet.model.config import FleetConfig
from ccloud_apply.fleet.store import engine_schema
from ccloud_apply.fleet.store import migrate as module
from ccloud_apply.fleet.store.connect import open_database
from ccloud_apply.fleet.store.engine_schema import check_engine, migrate_engine
from ccloud_apply.fleet.store.migrate import (
    Migrated,
    check_version,
    load_migrations,
    migrate,
    read_version,
    split_statements,
)
from ccloud_apply.fleet.store.postgres import PostgresDatabase
from ccloud_apply.fleet.store.sqlite import SqliteDatabase
from ccloud_apply.home import install_hint
from ccloud_apply.model.declared.reference import Reference
from tests.support.postgres import start_postgres
from tests.support.stores import Store

NEWEST = max(load_migrations())
SECOND = {NEWEST + 1: "-- a remark; with a semicolon\ncreate table added (name text not null);"}


def test_an_empty_database_gets_everything_once(tmp_path: Path) -> None:
    async def go() -> None:
        database = SqliteDatabase.open(tmp_path / "new.db")
        with pytest.raises(StoreError, match="has no tables of a fleet") as caught:
            await check_version(database)
        assert "fleet migrate" in caught.value.hint
        assert await migrate(database) == Migrated(0, NEWEST)
        assert await migrate(database) == Migrated(NEWEST, NEWEST)
        await check_version(database)
        await database.close()

    asyncio.run(go())


def test_looking_at_the_version_of_an_empty_database_changes_nothing(tmp_path: Path) -> None:
    async def go() -> None:
        database = SqliteDatabase.open(tmp_path / "new.db")
        assert await read_version(database) == 0
        async with database.read() as tx:
            assert not await tx.fetch("select name from sqlite_master")
        await database.close()

    asyncio.run(go())


def test_a_newer_version_only_adds_and_an_older_program_refuses_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def go() -> None:
        async with store.open() as database:
            async with database.write() as tx:
                await tx.execute("insert into tick (id, ticked_at) values (1, 5)")
            with monkeypatch.context() as patch:
                patch.setattr(module, "load_migrations", lambda: {**load_migrations(), **SECOND})
                with pytest.raises(StoreError, match=f"has version {NEWEST}, and this program"):
                    await check_version(database)
                assert await migrate(database) == Migrated(NEWEST, NEWEST + 1)
                await check_version(database)
            async with database.read() as tx:
                assert await tx.fetch("select ticked_at from tick") == [{"ticked_at": 5.0}]
                assert await tx.fetch("select name from added") == []
            for refused in (check_version, migrate):
                with pytest.raises(StoreError, match=f"has version {NEWEST + 1}") as caught:
                    await refused(database)
                assert caught.value.hint == "install the version that made it, or a newer one"
            async with database.write() as tx:
                await tx.execute("drop table added")
                await tx.execute("delete from migration where version > :n", n=NEWEST)

    asyncio.run(go())


def test_a_migration_that_fails_leaves_the_version_before_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = {NEWEST + 1: "create table added (name text); create table added (name text);"}

    async def go() -> None:
        async with store.open() as database:
            with monkeypatch.context() as patch:
                patch.setattr(module, "load_migrations", lambda: {**load_migrations(), **broken})
                with pytest.raises(StoreError, match="already exists"):
                    await migrate(database)
            assert await read_version(database) == NEWEST
            async with database.write() as tx:  # nothing of it is there
                await tx.execute("create table added (name text)")
                await tx.execute("drop table added")

    asyncio.run(go())


def test_several_migrate_at_once_and_each_version_is_done_once() -> None:
    async def go(url: str) -> list[Migrated]:
        databases = [await PostgresDatabase.open(url) for _ in range(4)]

        async def one(database: PostgresDatabase) -> Migrated:
            done = await migrate(database)
            await migrate_engine(database)
            await check_version(database)
            await check_engine(database)
            await database.close()
            return done

        return await asyncio.gather(*map(one, databases))

    with start_postgres().database() as url:
        assert {done.after for done in asyncio.run(go(url))} == {NEWEST}


def test_the_engines_tables_are_brought_to_its_version_step_by_step(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "schema.sql").write_text("create table procrastinate_jobs (id int); select '%s';")
    (tmp_path / "migrations" / "01.sql").write_text("select 1;")
    monkeypatch.setattr(engine_schema, "find_folder", lambda: tmp_path)

    async def go(url: str) -> None:
        database = await PostgresDatabase.open(url)
        with pytest.raises(StoreError, match="have 0 of its 1 migrations") as caught:
            await check_engine(database)
        assert "fleet migrate" in caught.value.hint
        assert await migrate_engine(database) == Migrated(0, 1)
        (tmp_path / "migrations" / "02.sql").write_text(
            "alter table procrastinate_jobs add column note text; select '100 %';"
        )
        assert await migrate_engine(database) == Migrated(1, 2)
        assert await migrate_engine(database) == Migrated(2, 2)
        await check_engine(database)
        async with database.read() as tx:
            assert await tx.fetch("select note from procrastinate_jobs") == []
        (tmp_path / "migrations" / "02.sql").unlink()
        with pytest.raises(StoreError, match="of a newer version") as caught:
            await check_engine(database)
        assert "pip install --upgrade" in caught.value.hint
        await database.close()

    with start_postgres().database() as url:
        asyncio.run(go(url))


def test_tables_of_an_engine_that_no_fleet_has_made_are_left_alone() -> None:
    async def go(url: str) -> None:
        database = await PostgresDatabase.open(url)
        async with database.write() as tx:
            await tx.execute("create table procrastinate_jobs (id int)")
        with pytest.raises(StoreError, match="that no fleet has made") as caught:
            await migrate_engine(database)
        assert "a database or a schema of its own" in caught.value.hint
        await database.close()

    with start_postgres().database() as url:
        asyncio.run(go(url))


def _config(database: Reference | None) -> FleetConfig:
    return FleetConfig(path="fleet.yaml", accounts={}, sources=(), rules=(), database=database)


def test_a_fleet_without_a_database_gets_a_file_in_the_work_dir_at_this_version(
    tmp_path: Path,
) -> None:
    async def go() -> int:
        async with open_database(_config(None), {}, tmp_path / "work") as database:
            return await read_version(database)

    assert asyncio.run(go()) == NEWEST
    assert (tmp_path / "work" / "fleet.db").stat().st_mode & 0o777 == 0o600


def test_postgres_is_not_migrated_by_opening_it() -> None:
    reference = Reference("env", "FLEET_DATABASE_URL", "fleet.yaml", is_secret=True)

    async def go(url: str) -> None:
        environment = {"FLEET_DATABASE_URL": f"{url}\n"}
        with pytest.raises(StoreError, match="has no tables of a fleet"):
            async with open_database(_config(reference), environment, "."):
                raise AssertionError
        database = await PostgresDatabase.open(url)
        await migrate(database)
        await database.close()
        async with open_database(_config(reference), environment, ".") as found:
            assert found.dialect.name == "postgres"

    with start_postgres().database() as url:
        asyncio.run(go(url))


def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.delitem(sys.modules, "ccloud_apply.fleet.store.postgres")
    reference = Reference("env", "FLEET_DATABASE_URL", "fleet.yaml", is_secret=True)

    async def go() -> None:
        async with open_database(_config(reference), {"FLEET_DATABASE_URL": "postgresql://x"}, ""):
            raise AssertionError

    with pytest.raises(UsageError, match="needs the package psycopg") as caught:
        asyncio.run(go())
    assert caught.value.hint == install_hint("fleet")


def test_remarks_and_their_semicolons_are_no_statements() -> None:
    assert split_statements("-- a; b\ncreate x; -- c\n\n;create y") == ["create x", "create y"]
