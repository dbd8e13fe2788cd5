"""The files of a commit in a folder that is named by it. It is made whole or not at all, and never
changed afterwards, so that runs of it see one state.

The files are written here and not by git: attributes of the repository would change them
(`export-ignore`, filters), and links of it would lead anywhere.
"""

import asyncio
import os
import shutil
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Generator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from typing import IO

from ccloud_apply.apply.workdir.private_file import make_private_folder
from ccloud_apply.errors import SourceError
from ccloud_apply.files import MAX_STACK_BYTES
from ccloud_apply.fleet.model.config import SourceConfig
from ccloud_apply.fleet.sources.git import GitError
from ccloud_apply.fleet.sources.mirror import (
    Mirror,
    TreeEntry,
    is_plain,
    open_mirror,
    source_folder,
)
from ccloud_apply.fleet.sources.tree import Tree, open_folder, require_folder, with_ids

MAX_BYTES = 1024**3
"""All files of a checkout together; those that no stack can name do not count."""

KEPT_S = 3600.0
"""Seconds for which a checkout stays that was used, whoever needs it."""


@asynccontextmanager
async def open_checkout(
    source: SourceConfig,
    commit: str | None,
    environment: Mapping[str, str],
    work_dir: str | Path,
) -> AsyncIterator[Path]:
    """The folder with the files of a source at a commit; of a folder, the folder itself.

    It is fetched where this machine does not have it yet. Raises SourceError, and
    UnreadableReferenceError for the source's token.
    """
    if source.git is None or commit is None:
        folder = Path(source.folder or "")
        require_folder(folder)
        yield folder
        return
    folder = checkout_folder(source, commit, work_dir)
    if not folder.is_dir():
        async with open_mirror(source, environment, work_dir) as mirror:
            if not folder.is_dir():
                await _fetch_missing(mirror, commit)
                await write_checkout(mirror, commit, folder)
    with suppress(OSError):
        os.utime(folder)
    yield folder


def checkout_folder(source: SourceConfig, commit: str, work_dir: str | Path) -> Path:
    """Where the files of this commit are, or would be."""
    return source_folder(work_dir, source) / "commits" / commit


async def _fetch_missing(mirror: Mirror, commit: str) -> None:
    if await mirror.has(commit):
        return
    await mirror.fetch()
    if not await mirror.has(commit):
        raise SourceError(
            f"the commit {commit[:12]} is not in {mirror.ref} any more",
            hint="the next poll of the source finds the newest one",
        )


async def open_commit(mirror: Mirror, commit: str, folder: Path) -> Tree:
    """The tree of a commit, whose checkout is made where it is missing. Raises SourceError."""
    entries = await mirror.list_files(commit)
    if not folder.is_dir():
        await write_checkout(mirror, commit, folder, entries)
    ids = {name: entry.id for name, entry in entries.items() if not entry.is_link}
    links = frozenset(name for name, entry in entries.items() if entry.is_link)
    return with_ids(folder, ids, links, commit)


async def write_checkout(
    mirror: Mirror,
    commit: str,
    folder: Path,
    entries: Mapping[str, TreeEntry] | None = None,
) -> None:
    """Write the files of a commit into a folder that is not there yet. Raises SourceError."""
    if entries is None:
        entries = await mirror.list_files(commit)
    _require_size(entries)
    writing = folder.parent / f".{folder.name}.{os.getpid()}.{os.urandom(4).hex()}"
    reader = _Blobs(mirror)
    try:
        make_private_folder(writing)
        with mirror.discarded_if_damaged():
            await asyncio.to_thread(_write_all, writing, entries, reader)
        try:
            writing.rename(folder)
        except OSError:
            if not folder.is_dir():  # else another process was faster
                raise
    except OSError as error:
        raise SourceError(
            f"the files of {commit[:12]} cannot be written: {error.strerror or error}"
        ) from None
    except asyncio.CancelledError:
        reader.stop()
        raise
    finally:
        await asyncio.to_thread(shutil.rmtree, writing, True)


def prune_checkouts(source: SourceConfig, keep: Iterable[str], work_dir: str | Path) -> None:
    """Remove the checkouts of other commits than these that nobody has used for a while."""
    kept = set(keep)
    before = time.time() - KEPT_S
    with suppress(OSError):
        for folder in (source_folder(work_dir, source) / "commits").iterdir():
            if folder.name not in kept and folder.stat().st_mtime < before:
                shutil.rmtree(folder, ignore_errors=True)


def _require_size(entries: Mapping[str, TreeEntry]) -> None:
    total = sum(entry.size for entry in entries.values() if entry.size <= MAX_STACK_BYTES)
    if total > MAX_BYTES:
        raise SourceError(
            f"the files of the repository are larger than {MAX_BYTES // 1024**2} MiB",
            hint="give stacks a repository of their own",
        )


class _Blobs:
    """Reads contents by their ids from one git process. For a thread."""

    def __init__(self, mirror: Mirror) -> None:
        git = mirror.local()
        self._command = git.command("cat-file", "--batch")
        self._variables = git.variables()
        self._process: subprocess.Popen[bytes] | None = None
        self._is_stopped = False

    def read(self, ids: Sequence[str]) -> Generator[bytes, None, None]:
        """The contents of each, in this order. Raises OSError, SourceError."""
        if not ids:
            return
        process = subprocess.Popen(  # noqa: S603 - ids of git alone
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=self._variables,
            start_new_session=True,
        )
        self._process = process
        if self._is_stopped:
            self.stop()
        assert process.stdin is not None
        assert process.stdout is not None
        writer = threading.Thread(target=_ask_all, args=(process.stdin, ids), daemon=True)
        writer.start()
        try:
            for id in ids:
                yield _read_blob(process.stdout, id)
        finally:
            self.stop()
            writer.join()
            process.stdout.close()
            process.wait()

    def stop(self) -> None:
        """Have whoever reads fail at once. For any thread."""
        self._is_stopped = True
        if self._process is not None and self._process.poll() is None:
            self._process.kill()


def _ask_all(stream: IO[bytes], ids: Sequence[str]) -> None:
    with suppress(OSError, ValueError):
        for id in ids:
            stream.write(f"{id}\n".encode())
        stream.flush()
    with suppress(OSError, ValueError):
        stream.close()


def _read_blob(stream: IO[bytes], id: str) -> bytes:
    told, _, rest = stream.readline().decode("ascii", "replace").rstrip("\n").partition(" ")
    kind, _, size = rest.partition(" ")
    if told != id or kind != "blob" or not size.isdigit():
        raise GitError("git does not list the files of the commit")
    contents = stream.read(int(size) + 1)
    if len(contents) != int(size) + 1:
        raise GitError("git does not list the files of the commit")
    return contents[:-1]


def _write_all(top: Path, entries: Mapping[str, TreeEntry], reader: _Blobs) -> None:
    """Write all files, and then the links. Raises OSError, SourceError."""
    files = {name: entry for name, entry in entries.items() if not entry.is_link}
    links = {name: entry for name, entry in entries.items() if entry.is_link}
    small = {name: one for name, one in files.items() if one.size <= MAX_STACK_BYTES}
    wanted = [*small.items(), *((name, one) for name, one in links.items() if one.size < 4096)]
    made: set[str] = set()
    targets: dict[str, bytes] = {}
    for name, entry in files.items():
        if entry.size > MAX_STACK_BYTES:  # a hole of its size: a stack that names it is told so
            with _place(top, name, made).open("xb") as file:
                file.truncate(entry.size)
    with closing(reader.read([entry.id for _, entry in wanted])) as contents:
        for (name, entry), content in zip(wanted, contents, strict=True):
            if entry.is_link:
                targets[name] = content
            else:
                _place(top, name, made).write_bytes(content)
    for name, target in targets.items():
        with suppress(OSError, ValueError):  # such as a target with a NUL
            _place(top, name, made).symlink_to(os.fsdecode(target))
    _drop_foreign_links(top, targets)


def _place(top: Path, name: str, made: set[str]) -> Path:
    """Where a file of this name goes; its folders are made. Links come after all files, so that
    none is on the way."""
    if not is_plain(name):
        raise SourceError("the repository has a name that leads out of it")
    folder = name.rpartition("/")[0]
    if folder not in made:
        (top / folder).mkdir(parents=True, exist_ok=True)
        made.add(folder)
    return top / name


def _drop_foreign_links(top: Path, names: Iterable[str]) -> None:
    """Remove the links that lead out of the checkout, directly or through each other."""
    real_top = os.path.realpath(top)
    left = set(names)
    while True:
        foreign = {
            name for name in left if not os.path.realpath(top / name).startswith(real_top + os.sep)
        }
        for name in foreign:
            (top / name).unlink(missing_ok=True)
        if not foreign:
            return
        left -= foreign


def open_source_folder(source: SourceConfig) -> Tree:
    """The tree of a folder. Raises SourceError."""
    return open_folder(Path(source.folder or ""))
