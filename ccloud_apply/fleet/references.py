"""Reads what a reference of `fleet.yaml` stands for, at the last moment.

Other rules hold than in stack files: whoever writes `fleet.yaml` runs the fleet, so any variable,
absolute path and program may be named. No error shows contents.
"""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path

from ccloud_apply.errors import UnreadableReferenceError
from ccloud_apply.model.declared.reference import Reference

MAX_BYTES = 64 * 1024
"""The longest secret in a file."""


async def read_fleet_reference(reference: Reference, environment: Mapping[str, str]) -> str:
    """The value of the variable, the text of the file or what the command writes, without one line
    break at its end. Raises UnreadableReferenceError."""
    if reference.kind == "command":
        from ccloud_apply.secret_commands import SecretCommands

        commands = SecretCommands()
        await commands.run(reference, environment)
        return commands.read(reference, environment)
    if reference.kind == "env":
        return _read_variable(reference, environment)
    return await asyncio.to_thread(_read_file, reference)


def _read_variable(reference: Reference, environment: Mapping[str, str]) -> str:
    value = environment.get(reference.name)
    if not value:
        state = "is not set" if value is None else "is empty"
        raise UnreadableReferenceError(
            f"the environment variable {reference.name} {state}", hint=f"set {reference.name}"
        )
    return value


def _read_file(reference: Reference) -> str:
    path = Path(reference.base).parent / reference.name
    try:
        with os.fdopen(_open_at_once(path), "rb") as file:
            contents = file.read(MAX_BYTES + 1)
        text = contents.decode("utf-8") if len(contents) <= MAX_BYTES else None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise UnreadableReferenceError(f"{reference} cannot be read: {reason}") from None
    if text is None:
        raise UnreadableReferenceError(f"{reference} is longer than {MAX_BYTES // 1024} KiB")
    text = text.removesuffix("\n").removesuffix("\r")
    if not text:
        raise UnreadableReferenceError(f"{reference} is empty")
    return text


def _open_at_once(path: Path) -> int:
    """Open it, and do not wait for a writer where it is a pipe."""
    return os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
