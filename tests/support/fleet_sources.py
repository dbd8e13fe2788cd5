"""A repository or folder with stacks, a fleet that polls it, and what its tables say then."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ccloud_apply.fleet.config.build import load_fleet
from ccloud_apply.fleet.configure import configure
from ccloud_apply.fleet.model.config import FleetConfig
from ccloud_apply.fleet.sources.poll import Polled, poll_source
from ccloud_apply.fleet.store.database import Database
from tests.support.git import run_git
from tests.support.stores import Store

STACK = """\
stack: {name}
servers:
  web: {{pool: p, type: unmanaged, image: i, cores: {cores}, memory: 4, disks: [50]}}
"""
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin"}


def spell_stack(name: str, cores: int = 2) -> str:
    """The text of a stack with one server."""
    return STACK.format(name=name, cores=cores)


@dataclass
class Repository:
    """A repository of Git with a working tree."""

    folder: Path

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        run_git(self.folder, "init", "--quiet", "--initial-branch=main")

    def write(self, path: str, text: str) -> None:
        """Write a file; its folders are made."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def write_stack(self, path: str, name: str, cores: int = 2) -> None:
        """Write a stack file."""
        self.write(path, spell_stack(name, cores))

    def remove(self, path: str) -> None:
        """Remove a file."""
        (self.folder / path).unlink()

    def commit(self, *options: str) -> str:
        """Commit all that there is, and give back its id."""
        run_git(self.folder, "add", "--all")
        run_git(self.folder, "commit", "--quiet", "--allow-empty", "-m", "change", *options)
        return run_git(self.folder, "rev-parse", "HEAD")

    def commit_tree(self, *lines: str) -> str:
        """Commit a tree that no `git add` makes, from lines of `git mktree`."""
        import subprocess

        ended = subprocess.run(
            ["git", "-C", str(self.folder), "mktree", "--missing"],
            input="".join(f"{line}\n" for line in lines),
            text=True,
            capture_output=True,
            check=True,
        )
        commit = run_git(self.folder, "commit-tree", "-m", "odd", ended.stdout.strip())
        run_git(self.folder, "update-ref", "refs/heads/main", commit)
        return commit

    def blob(self, text: str) -> str:
        """The id of a text that is put into the repository."""
        import subprocess

        ended = subprocess.run(
            ["git", "-C", str(self.folder), "hash-object", "-w", "--stdin"],
            input=text,
            text=True,
            capture_output=True,
            check=True,
        )
        return ended.stdout.strip()


@dataclass
class Fleet:
    """A fleet on one database, driven by hand."""

    store: Store
    folder: Path
    text: str
    database: Database | None = field(default=None, repr=False)

    @property
    def work_dir(self) -> Path:
        """Where its mirrors and checkouts are."""
        return self.folder / "work"

    @property
    def config(self) -> FleetConfig:
        """What its fleet.yaml says."""
        config, diagnostics = load_fleet(self.text.encode(), path=str(self.folder / "fleet.yaml"))
        assert config is not None, diagnostics
        return config

    async def configure(self) -> None:
        """Bring the tables to fleet.yaml."""
        assert self.database is not None
        await configure(self.database, self.config, who="ann@desk")

    async def poll(self, name: str | None = None, **more: Any) -> Polled:
        """Poll a source, or the only one."""
        assert self.database is not None
        config = self.config
        return await poll_source(
            self.database,
            config,
            name or config.sources[0].name,
            environment=ENVIRONMENT,
            work_dir=self.work_dir,
            chance=lambda: 0.5,
            **more,
        )

    async def rows(self, statement: str) -> list[Mapping[str, Any]]:
        """What a query answers."""
        assert self.database is not None
        async with self.database.read() as tx:
            return [dict(row) for row in await tx.fetch(statement)]

    async def execute(self, statement: str) -> None:
        """Change something past the product's own statements."""
        assert self.database is not None
        async with self.database.write() as tx:
            await tx.execute(statement)

    async def settle(self) -> None:
        """Nothing is due any more, as after a run of each stack."""
        await self.execute(
            "update stack set due = {now} + 1000, cause = 'schedule', priority = 0,"
            " state = 'clean', seen_at = {now}"
        )

    async def due(self) -> list[str]:
        """`account/name` of the stacks that are due now."""
        rows = await self.rows(
            "select account, name from stack where due <= {now} and is_declared = 1"
            " and problem is null order by account, name"
        )
        return [f"{row['account']}/{row['name']}" for row in rows]

    async def problems(self) -> list[tuple[str, int | None, str]]:
        """Path, line and sentence of each problem."""
        rows = await self.rows("select path, line, what from problem order by path, what")
        return [(row["path"], row["line"], row["what"]) for row in rows]

    async def stack(self, name: str, account: str = "a") -> Mapping[str, Any]:
        """The row of one stack."""
        (row,) = (
            row
            for row in await self.rows("select * from stack")
            if (row["account"], row["name"]) == (account, name)
        )
        return row

    def run(self, test: Callable[[], Awaitable[Any]]) -> Any:
        """Run a test with the database open and fleet.yaml in its tables."""

        async def go() -> Any:
            async with self.store.open() as database:
                self.database = database
                await self.configure()
                return await test()

        return asyncio.run(go())


def make_fleet(store: Store, folder: Path, *, accounts: str = "a, b", source: str = "") -> Fleet:
    """A fleet whose only source is the repository `repo` beside its fleet.yaml."""
    entries = ", ".join(f"{name.strip()}: {{endpoint: sandbox}}" for name in accounts.split(","))
    given = source or ('{git: repo, ref: main, stacks: ["customers/*/**/*.yaml"], account: "{1}"}')
    text = f"accounts: {{{entries}}}\nsources: [{given}]\nrules: [{{mode: apply, every: 1h}}]\n"
    return Fleet(store=store, folder=folder, text=text)
