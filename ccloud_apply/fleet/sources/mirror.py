"""A bare mirror of a source's repository, in the work dir: fetched, verified and read by git."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path

from ccloud_apply.apply.workdir.os_lock import try_lock
from ccloud_apply.apply.workdir.private_file import make_private_folder
from ccloud_apply.clock import Clock, SystemClock, poll_until
from ccloud_apply.errors import SourceError
from ccloud_apply.fleet.model.config import SourceConfig
from ccloud_apply.fleet.secrets import read_secret
from ccloud_apply.fleet.sources.git import FETCH_S, Git, GitError, token_config
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.lazy_pattern import lazy_pattern

MAX_FILES = 200_000
_MAX_LIST = 64 * 1024 * 1024
_HEAD = "refs/fleet/head"
_ID = lazy_pattern(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_LOCKED_S = FETCH_S + 30


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeEntry:
    """One file of a commit: `mode` is that of Git, `size` in bytes."""

    mode: str
    id: str
    size: int

    @property
    def is_link(self) -> bool:
        """True for a symbolic link."""
        return self.mode == "120000"


def source_folder(work_dir: str | Path, source: SourceConfig) -> Path:
    """The folder of a source in a work dir."""
    return Path(work_dir) / "sources" / source.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirror:
    """The mirror of one source. `address` is absolute where it is a path."""

    folder: Path
    address: str
    ref: str
    git: Git
    signers: str | None = None

    async def fetch(self) -> str:
        """Fetch the ref, and give back the id of its commit. Raises SourceError.

        A mirror that a killed process has left locked or damaged is replaced by a new one.
        """
        is_new = not (self.folder / "HEAD").exists()
        try:
            return await self._fetch()
        except GitError as error:
            if is_new or error.hint:  # the host is to blame
                raise
            return await self._fetch_anew(error)

    async def _fetch_anew(self, error: GitError) -> str:
        """Fetch into a new mirror, and put it in place of this one. Raises `error` if that does
        not do either."""
        folder = self.folder.with_name("mirror.new")
        try:
            await asyncio.to_thread(shutil.rmtree, folder, True)
            make_private_folder(folder)
            fresh = replace(self, folder=folder, git=replace(self.git, folder=folder))
            commit = await fresh._fetch()
            self.discard()
            folder.rename(self.folder)
        except (GitError, OSError):
            raise error from None
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, True)
        return commit

    def discard(self) -> None:
        """Remove the mirror: the next fetch makes a new one."""
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextmanager
    def discarded_if_damaged(self) -> Iterator[None]:
        """Where Git cannot read what was fetched, a fetch of what is new would not mend it."""
        try:
            yield
        except GitError as error:
            self.discard()
            raise SourceError(
                error.message, hint="its mirror is damaged, and the next poll makes a new one"
            ) from None

    async def _fetch(self) -> str:
        await self.local().ask("init", "--bare", "--quiet", "--template=", ".")
        await self.git.ask(
            "-c",
            "gc.autoDetach=false",
            "fetch",
            "--quiet",
            "--force",
            "--no-tags",
            "--no-recurse-submodules",
            "--no-write-fetch-head",
            "--update-shallow",
            "--",
            self.address,
            f"+{self.ref}:{_HEAD}",
            timeout_s=FETCH_S,
        )
        commit = await self.local().find("rev-parse", "--verify", "--quiet", f"{_HEAD}^{{commit}}")
        if commit is None or not _ID.fullmatch(commit):
            raise SourceError(f"{self.ref} is not a commit", hint="look at ref: of the source")
        return commit

    async def has(self, commit: str) -> bool:
        """True if the mirror has this commit."""
        if not _ID.fullmatch(commit) or not (self.folder / "HEAD").exists():
            return False
        return await self.local().find("cat-file", "-e", f"{commit}^{{commit}}") is not None

    async def verify(self, commit: str) -> None:
        """Raise SourceError for a commit without a signature that Git takes for good."""
        names = ("-c", f"gpg.ssh.allowedSignersFile={self.signers}") if self.signers else ()
        try:
            await self.local().ask(*names, "verify-commit", commit)
        except SourceError:
            raise SourceError(
                f"the commit {commit[:12]} has no signature that git takes for good",
                hint="sign it with a key that the worker's git knows; until then the commit before"
                " it counts",
            ) from None

    async def list_files(self, commit: str) -> Mapping[str, TreeEntry]:
        """Every file and link of the commit by its name. Raises SourceError."""
        with self.discarded_if_damaged():
            told = await self.local().ask(
                "ls-tree", "-r", "-z", "-l", "--full-tree", commit, most=_MAX_LIST
            )
        lines = told.split(b"\0")[:-1]
        if len(lines) > MAX_FILES:
            raise SourceError(f"the repository has more than {MAX_FILES} files")
        with self.discarded_if_damaged():
            found = dict(_read_entries(lines))
        _require_no_file_above(found)
        return found

    def local(self) -> Git:
        """Git for what needs no host."""
        return Git(folder=self.folder, environment=self.git.environment)


def _read_entries(lines: Iterable[bytes]) -> Iterator[tuple[str, TreeEntry]]:
    """Name and entry of each file of a listing; submodules are left out."""
    for line in lines:
        facts, _, name = line.partition(b"\t")
        mode, kind, id, size = facts.decode("ascii").split()
        path = name.decode("utf-8", "surrogateescape")
        if kind != "blob" or not is_plain(path):
            continue
        if not size.isdigit():  # BAD: the mirror does not have it
            raise GitError("git does not list the files of the commit")
        yield path, TreeEntry(mode=mode, id=id, size=int(size))


def _require_no_file_above(names: Mapping[str, TreeEntry]) -> None:
    """A commit that was made by hand may have a link and files below it: they would be written
    where the link leads."""
    above = {name.rpartition("/")[0] for name in names} - {""}
    folders = set(above)
    for folder in above:
        while folder := folder.rpartition("/")[0]:
            folders.add(folder)
    if not folders.isdisjoint(names):
        raise SourceError("the repository has files below a name that is a file itself")


def is_plain(path: str) -> bool:
    """True for a name that stays below the top, and is none of Git's own."""
    parts = path.split("/")
    return bool(path) and not any(
        part in ("", ".", "..") or part.lower() == ".git" for part in parts
    )


@asynccontextmanager
async def open_mirror(
    source: SourceConfig,
    environment: Mapping[str, str],
    work_dir: str | Path,
    *,
    clock: Clock | None = None,
) -> AsyncIterator[Mirror]:
    """The mirror of a source, locked: other processes of this machine have it too.

    Raises SourceError, and UnreadableReferenceError for its token.
    """
    assert source.git is not None
    top = source_folder(work_dir, source)
    folder = top / "mirror.git"
    try:
        make_private_folder(folder)
    except OSError as error:
        raise SourceError(f"{folder} cannot be made: {error.strerror}") from None
    protocol, address = find_protocol(source.git)
    config = {}
    if source.token is not None:
        config = token_config(address, await read_secret(source.token, environment))
    handle = await _lock(top / "mirror.lock", clock or SystemClock())
    try:
        yield Mirror(
            folder=folder,
            address=address,
            ref=source.ref,
            git=Git(folder=folder, environment=environment, protocol=protocol, config=config),
            signers=None if source.signers is None else str(Path(source.signers).resolve()),
        )
    finally:
        _unlock(handle)


def find_protocol(git: str) -> tuple[str, str]:
    """The protocol of an address, as Git calls it, and the address as Git gets it."""
    scheme = git.partition("://")[0] if "://" in git else ""
    if scheme:
        return scheme, git
    if ":" in git.split("/")[0]:
        return "ssh", git
    return "file", str(Path(git).resolve())


async def _lock(path: Path, clock: Clock) -> int:
    async def try_once() -> int | None:
        try:
            return try_lock(path)
        except OSError as error:
            raise SourceError(f"{path} cannot be locked: {error.strerror}") from None

    def give_up(waited_s: float) -> int:
        raise SourceError(f"another process has had {path} for {waited_s:.0f} s")

    return await poll_until(
        try_once, clock=clock, timeout_s=_LOCKED_S, pause=lambda _: 0.1, give_up=give_up
    )


def _unlock(handle: int) -> None:
    import os

    os.close(handle)
