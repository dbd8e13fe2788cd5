"""What the files of sources declare, and the problems of these files."""

import json
from collections.abc import Mapping
from dataclasses import field

from ccloud_apply.fleet.store.database import Row, Transaction
from ccloud_apply.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What one file declares: a stack, nothing (`name` None), or something broken (`error`).

    `name` of a broken one is what it declared before, `earlier` are names that the stack had, and
    `named` the other stacks whose servers the file names; of a broken one those of before, and
    those that it may name.
    `tree` is a digest of `files`; empty where the file has to be read at each poll.
    """

    source: str
    path: str
    account: str
    name: str | None = None
    tree: str = ""
    files: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    line: int | None = None
    error: str | None = None
    earlier: tuple[str, ...] = ()
    named: tuple[str, ...] = ()


_COLUMNS = "source, path, account, name, tree, files, labels, line, error, earlier, named"


def _read(row: Row) -> Declaration:
    return Declaration(
        **{
            **row,
            "files": tuple(json.loads(row["files"])),
            "labels": json.loads(row["labels"]),
            "earlier": tuple(json.loads(row["earlier"])),
            "named": tuple(json.loads(row["named"])),
        }
    )


async def list_declarations(tx: Transaction, source: str) -> Mapping[str, Declaration]:
    """Those of a source by their paths."""
    rows = await tx.fetch(
        f"select {_COLUMNS} from declaration where source = :source",
        source=source,
    )
    return {row["path"]: _read(row) for row in rows}


async def find_declarations(tx: Transaction, account: str, name: str) -> tuple[Declaration, ...]:
    """Those of one stack, whatever their source: there should be one."""
    rows = await tx.fetch(
        f"""select {_COLUMNS} from declaration
        where account = :account and name = :name order by source, path""",
        account=account,
        name=name,
    )
    return tuple(map(_read, rows))


async def list_naming(tx: Transaction, account: str, name: str) -> tuple[str, ...]:
    """The other stacks whose files name this one, or servers of it."""
    rows = await tx.fetch(
        """select distinct name, named from declaration
        where account = :account and name is not null and name <> :name and named <> '[]'
        order by name""",
        account=account,
        name=name,
    )
    return tuple(row["name"] for row in rows if name in json.loads(row["named"]))


async def list_broken_naming(tx: Transaction, account: str, name: str) -> tuple[str, ...]:
    """The files that may name this stack, or servers of it, and declare nothing yet because they
    cannot be loaded."""
    rows = await tx.fetch(
        """select path, named from declaration
        where account = :account and name is null and error is not null and named <> '[]'
        order by path""",
        account=account,
    )
    return tuple(row["path"] for row in rows if name in json.loads(row["named"]))


async def put_declaration(tx: Transaction, one: Declaration) -> None:
    """Have the file declare this from now on."""
    await tx.execute(
        """insert into declaration
        (source, path, account, name, tree, files, labels, line, error, earlier, named)
        values (:source, :path, :account, cast(:name as text), :tree, :files, :labels,
          cast(:line as integer), cast(:error as text), :earlier, :named)
        on conflict (source, path) do update set account = excluded.account,
        name = excluded.name, tree = excluded.tree, files = excluded.files,
        labels = excluded.labels, line = excluded.line, error = excluded.error,
        earlier = excluded.earlier, named = excluded.named""",
        source=one.source,
        path=one.path,
        account=one.account,
        name=one.name,
        tree=one.tree,
        files=json.dumps(one.files),
        labels=json.dumps(one.labels, sort_keys=True),
        line=one.line,
        error=one.error,
        earlier=json.dumps(one.earlier),
        named=json.dumps(one.named),
    )


async def drop_declaration(tx: Transaction, source: str, path: str) -> None:
    """Forget a file that is gone."""
    await tx.execute(
        "delete from declaration where source = :source and path = :path", source=source, path=path
    )


async def write_problems(tx: Transaction, source: str) -> int:
    """Have the table of problems say what is wrong with the files of this source, and which stacks
    are declared twice anywhere or have lost their file, for they may have it in another source.
    Gives back how many there are of this source's files."""
    await tx.execute("delete from problem where kind <> 'file' or source = :source", source=source)
    count = await tx.execute(
        """insert into problem (source, path, line, what, kind)
        select source, path, line, error, 'file' from declaration
        where source = :source and error is not null""",
        source=source,
    )
    await tx.execute(
        """insert into problem (source, path, line, what, kind)
        select d.source, d.path, d.line, 'the stack "' || d.name || '" of the account '
          || d.account || ' is declared by ' || (
            select min(o.path) from declaration o where o.account = d.account and o.name = d.name
              and o.error is null and not (o.source = d.source and o.path = d.path))
          || ' too; neither counts until one has another name',
          'twice'
        from declaration d where d.error is null and d.name is not null and (
          select count(*) from declaration o where o.account = d.account and o.name = d.name
            and o.error is null) > 1"""
    )
    await tx.execute(
        """insert into problem (source, path, line, what, kind)
        select source, path, null, 'the file of the stack "' || name || '" of the account '
          || account || ' is gone; its servers stay as they are', 'gone'
        from stack where is_declared = 0"""
    )
    return count
