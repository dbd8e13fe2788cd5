"""Who changed some lines of a file last, as Git tells it.

Git reads commits alone, and nothing runs that the repository names. It never sees the file itself,
because a filter of the repository would be run for that (`filter.*.clean`): the comparison with the
newest commit is made here.
"""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from ccloud_apply.errors import UsageError
from ccloud_apply.files import MAX_STACK_BYTES, read_stack_file
from ccloud_apply.load.text.entry_lines import Lines, find_entry, find_same, split_lines
from ccloud_apply.model.declared.stack import ServerSpec
from ccloud_apply.model.results.explanation import Declaration, EntryCommit, LastCommit
from ccloud_apply.workflows.inputs.git_command import git_command, git_environment

_PATIENCE_S = 20.0
"""Seconds for all that Git is asked: an explanation without a commit beats one that comes late. A
history that is not a very long one takes as many only where the machine is busy."""

_ALL = 1 << 40
"""More bytes than any pipe has."""

_SHALLOW = "the clone is shallow: its history ends before the commit that changed these lines"
_FORMAT = "%H%x00%P%x00%an%x00%aI%x00%s"


class _Failed(Exception):
    """Git has said no; the argument is a clause that says why no commit is known."""


async def find_declaration(spec: ServerSpec, environment: Mapping[str, str]) -> Declaration:
    """The lines of the server's entry, and the last commit that changed them."""
    source, line = spec.source, spec.declared_at.line
    path = Path(source.path)
    try:
        text = (await asyncio.to_thread(read_stack_file, path)).decode("utf-8", "replace")
    except UsageError as error:
        last = LastCommit(why=error.message)
        return Declaration(path=source.path, line=line, end_line=line, last=last)
    lines = split_lines(text)
    entry = find_entry(lines, line, source)
    try:
        async with asyncio.timeout(_PATIENCE_S):
            last = await _find_commit(path.resolve(), lines, entry, environment)
    except _Failed as error:
        last = LastCommit(why=str(error))
    except TimeoutError:
        last = LastCommit(why=f"git did not answer within {_PATIENCE_S:g} s")
    return Declaration(path=source.path, line=entry[0], end_line=entry[1], last=last)


async def _find_commit(
    path: Path, lines: list[str], entry: Lines, environment: Mapping[str, str]
) -> LastCommit:
    git = _Git(path.parent, environment)
    is_shallow = await git.require_repository()
    name = f"HEAD:./{path.name}"
    size = await git.ask("cat-file", "-s", name)
    if size is None or not size.strip().isdigit():
        return LastCommit(is_changed=True, why="the file is in no commit yet")
    if int(size) > MAX_STACK_BYTES:
        raise _Failed("the committed file is too large to be compared")
    committed = await git.ask("cat-file", "blob", name, most=MAX_STACK_BYTES)
    if committed is None:
        raise _Failed("git cannot read the committed file")
    old, is_same = find_same(lines, split_lines(committed), entry)
    if old is None:
        return LastCommit(is_changed=True, why="these lines are in no commit yet")
    first, last = old
    told = await git.ask(
        "log",
        "-1",
        "--no-patch",
        "--no-ext-diff",
        "--no-textconv",
        "--no-show-signature",
        "--no-color",
        "--encoding=UTF-8",
        f"--format={_FORMAT}",
        f"-L{first},{last}:./{path.name}",
        "HEAD",
    )
    return _read_commit(told, is_changed=not is_same, is_shallow=is_shallow)


def _read_commit(told: str | None, *, is_changed: bool, is_shallow: bool) -> LastCommit:
    parts = [] if told is None else told.strip("\n").split("\0", 4)
    if len(parts) != 5:
        return LastCommit(is_changed=is_changed, why="git does not tell the commit of these lines")
    id, parents, author, date, subject = parts
    if is_shallow and not parents:
        return LastCommit(is_changed=is_changed, why=_SHALLOW)
    commit = EntryCommit(id=id, author=author, date=date, subject=subject)
    return LastCommit(commit=commit, is_changed=is_changed)


class _Git:
    """Git in one folder."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._environment = git_environment(environment)
        self._folder = folder
        self._said = ""

    async def require_repository(self) -> bool:
        """True in a shallow clone. Raises _Failed where the folder is in no repository."""
        told = await self.ask("rev-parse", "--is-inside-work-tree", "--is-shallow-repository")
        if told is None and "dubious ownership" in self._said:
            raise _Failed("git does not trust this repository, which belongs to another user")
        words = [] if told is None else told.split()
        if words[:1] != ["true"]:
            raise _Failed("the file is in no Git repository")
        return words[1:] == ["true"]

    async def ask(self, *arguments: str, most: int = 64 * 1024) -> str | None:
        """What Git prints, at most so many bytes; None where it fails."""
        command = git_command(self._folder, arguments)
        try:
            process = await asyncio.create_subprocess_exec(
                *command, stdin=DEVNULL, stdout=PIPE, stderr=PIPE, env=self._environment
            )
        except OSError:
            raise _Failed("git is not installed") from None
        try:
            told, said = await asyncio.gather(
                _read(process.stdout, most + 1), _read(process.stderr, 64 * 1024)
            )
            if len(told) > most:
                return None
            self._said = said.decode("utf-8", "replace")
            return told.decode("utf-8", "replace") if await process.wait() == 0 else None
        finally:
            await _end(process)


async def _read(stream: asyncio.StreamReader | None, most: int) -> bytes:
    """All of a stream, or its first bytes where it has more."""
    assert stream is not None
    parts: list[bytes] = []
    left = most
    while left > 0 and (part := await stream.read(min(left, 65536))):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


async def _end(process: Process) -> None:
    """Leave no process behind, whatever has happened."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()
        # asyncio waits for the end of what nobody reads any more, too.
        await asyncio.gather(_read(process.stdout, _ALL), _read(process.stderr, _ALL))
        await process.wait()
