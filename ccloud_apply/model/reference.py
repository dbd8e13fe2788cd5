"""References to what must not stand in a plan: names of secrets and files, never their contents."""

from dataclasses import dataclass
from typing import Literal

SECRET_PREFIX = "CCLOUD_SECRET_"  # noqa: S105 - the prefix of a variable's name, not a secret
"""Environment variables that a stack file may name as a secret."""


@dataclass(frozen=True, slots=True)
class Reference:
    """`{env: NAME}` or `{file: PATH}`; resolved at the last moment, just before its request.

    `name` of a file is relative to the folder of the stack file at `base`. `is_secret` marks
    contents that no output, file, log or exception may show.
    """

    kind: Literal["env", "file"]
    name: str
    base: str
    is_secret: bool = False

    def __str__(self) -> str:
        return f"{{{self.kind}: {self.name}}}"
