"""Runs the git program for a repository that may be anybody's.

Nothing that the repository names is run, nothing is asked of a terminal, and no error shows a
credential. What is asked belongs to `mirror.py`.
"""

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from base64 import b64encode
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import field
from pathlib import Path

from ccloud_apply.errors import SourceError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.load.text.format_values import escape
from ccloud_apply.workflows.inputs.git_command import git_command, git_environment

FETCH_S = 300.0
"""Seconds that one fetch may take."""

ASK_S = 30.0
"""Seconds for everything that reads the mirror."""

MAX_FILE_BYTES = 4 * 1024**3
"""The largest file that git may write: a pack of a repository."""

_END_S = 5.0
"""Seconds for a process that was killed to be gone: what it has started may keep its pipes."""

_MAX_SAID = 64 * 1024
_CREDENTIAL = lazy_pattern(r"://[^/\s]*@")
_UNREACHED = "look at the address, and the network of the worker"
_NO_REPOSITORY = "look at the address, and at what the worker may read there"
_HINTS = {
    "Permission denied (publickey": "add the worker's key to the repository's host",
    "could not read Username": "write token: {env: NAME} in the source",
    "Authentication failed": "look at the token of the source",
    "Host key verification failed": "add the host to ~/.ssh/known_hosts of the worker",
    "couldn't find remote ref": "look at ref: of the source",
    "Could not resolve host": _UNREACHED,
    "Failed to connect to": _UNREACHED,
    "Connection refused": _UNREACHED,
    "Connection timed out": _UNREACHED,
    "does not appear to be a git repository": _NO_REPOSITORY,
    "The requested URL returned error": _NO_REPOSITORY,
    "No space left on device": "make room in the work dir",
    "dubious ownership": "git config --global --add safe.directory with that folder",
}


class GitError(SourceError):
    """Git ended with an error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Git:
    """The git program in one folder. `protocol` is the one that may be used; None for none.

    `config` are settings of one call, which no process list shows: a token may be among them.
    """

    folder: Path
    environment: Mapping[str, str] = field(repr=False)
    protocol: str | None = None
    config: Mapping[str, str] = field(default_factory=dict, repr=False)

    def command(self, *arguments: str) -> list[str]:
        """The command line that asks this."""
        return git_command(self.folder, arguments, protocol=self.protocol)

    def variables(self) -> dict[str, str]:
        """The environment that Git gets."""
        found = git_environment(self.environment, protocol=self.protocol or "none")
        # A folder that is no repository must not become part of one above it, and a user's settings
        # may want a bare one to be named (`safe.bareRepository`).
        found["GIT_DIR"] = "."
        if self.config:
            found["GIT_CONFIG_COUNT"] = str(len(self.config))
            for number, (name, value) in enumerate(self.config.items()):
                found[f"GIT_CONFIG_KEY_{number}"] = name
                found[f"GIT_CONFIG_VALUE_{number}"] = value
        return found

    async def ask(self, *arguments: str, timeout_s: float = ASK_S, most: int = _MAX_SAID) -> bytes:
        """What Git prints, at most so many bytes. Raises SourceError, which says what Git says."""
        try:
            process = await asyncio.create_subprocess_exec(
                *self.command(*arguments),
                stdin=DEVNULL,
                stdout=PIPE,
                stderr=PIPE,
                env=self.variables(),
                start_new_session=True,  # without a terminal nothing can be asked for
            )
        except OSError as error:
            raise SourceError(
                f"git cannot be run: {error.strerror}", hint="install git on the worker"
            ) from None
        reading = (
            asyncio.create_task(_read(process.stdout, most)),
            asyncio.create_task(_read_last(process.stderr)),
        )
        try:
            _limit(process)
            async with asyncio.timeout(timeout_s):
                told, said = await asyncio.gather(*reading)
                code = await process.wait()
        except TimeoutError:
            raise SourceError(
                f"git {_find_verb(arguments)} was not done after {timeout_s:.0f} s, and was stopped"
            ) from None
        finally:
            for task in reading:
                task.cancel()
            await asyncio.gather(*reading, return_exceptions=True)
            await _end(process)
        if code != 0:
            raise _tell(_find_verb(arguments), code, said.decode("utf-8", "replace"))
        return told

    async def find(self, *arguments: str) -> str | None:
        """One line that Git prints; None where it fails. Raises SourceError if it cannot run."""
        try:
            told = await self.ask(*arguments)
        except GitError:
            return None
        return told.decode("utf-8", "replace").strip()


def token_config(address: str, token: str) -> dict[str, str]:
    """Settings that send the token to this address, and to no other one."""
    basic = b64encode(f"x-access-token:{token}".encode()).decode()
    return {
        f"http.{address}.extraHeader": f"Authorization: Basic {basic}",
        "http.followRedirects": "false",
    }


def _find_verb(arguments: tuple[str, ...]) -> str:
    """What Git is asked to do; settings come before it."""
    return arguments[2] if arguments[0] == "-c" else arguments[0]


def _tell(name: str, exit_code: int, said: str) -> GitError:
    """What Git has said, by its last line about an error; the rest may be the host's."""
    said = _CREDENTIAL.sub("://", said)
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    worst = [line for line in lines if line.startswith(("fatal:", "error:"))] or lines[-1:]
    words = worst[0].partition(": ")[2] if worst and ": " in worst[0] else "".join(worst[:1])
    reason = escape(words, limit=300) if words else f"exit code {exit_code}"
    hint = next((hint for mark, hint in _HINTS.items() if mark in said), "")
    return GitError(f"git {name} failed: {reason}", hint=hint)


def _limit(process: Process) -> None:
    """A host that sends without an end must not fill the disk."""
    with suppress(ImportError, AttributeError, OSError, ValueError):
        import resource

        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (MAX_FILE_BYTES, MAX_FILE_BYTES))


async def _read(stream: asyncio.StreamReader | None, most: int) -> bytes:
    assert stream is not None
    parts: list[bytes] = []
    length = 0
    while part := await stream.read(65536):
        length += len(part)
        if length > most:
            raise SourceError(f"git wrote more than {most // 1024} KiB")
        parts.append(part)
    return b"".join(parts)


async def _read_last(stream: asyncio.StreamReader | None) -> bytes:
    """The end of a stream: a host may say as much as it likes."""
    assert stream is not None
    last = b""
    while part := await stream.read(65536):
        last = (last + part)[-_MAX_SAID:]
    return last


async def _end(process: Process) -> None:
    """Leave no process behind, and nothing that it has started."""
    if process.returncode is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        with suppress(ProcessLookupError):
            process.kill()
        with suppress(TimeoutError):
            async with asyncio.timeout(_END_S):
                # asyncio waits for the end of what nobody reads any more, too.
                await asyncio.gather(_drain(process.stdout), _drain(process.stderr))
                await process.wait()


async def _drain(stream: asyncio.StreamReader | None) -> None:
    assert stream is not None
    with suppress(RuntimeError):  # somebody is reading it
        while await stream.read(65536):
            pass
