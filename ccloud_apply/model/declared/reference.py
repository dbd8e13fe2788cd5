"""References to what must not stand in a plan: names of secrets and files, never their contents."""

import hashlib
import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

SECRET_PREFIX = "CCLOUD_SECRET_"  # noqa: S105 - the prefix of a variable's name, not a secret
"""Environment variables that a stack file may name as a secret."""


@dataclass(frozen=True, slots=True)
class Reference:
    """`{env: NAME}`, `{file: PATH}` or `{generate: PATH}`, a secret that is made and kept there;
    resolved at the last moment, just before its request.

    `name` of a file is relative to the folder of the stack file at `base`. `is_secret` marks
    contents that no output, file, log or exception may show.
    """

    kind: Literal["env", "file", "generate"]
    name: str
    base: str
    is_secret: bool = False

    def __str__(self) -> str:
        return f"{{{self.kind}: {self.name}}}"

    @property
    def path(self) -> str:
        """Where a file stands, as seen from where `base` is: what messages and digests name."""
        return posixpath.join(posixpath.dirname(self.base), self.name)

    @property
    def is_bound(self) -> bool:
        """True if an approval of a plan covers the contents, by their digest.

        A secret is bound by its name alone: a digest could be used to guess it.
        """
        return self.kind == "file" and not self.is_secret


def find_references(value: Any) -> Iterator[Reference]:
    """The references in a JSON-like value, however deep."""
    if isinstance(value, Reference):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from find_references(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from find_references(item)


def digest_contents(text: str) -> str:
    """SHA-256 over the text in UTF-8, which is how it is sent."""
    return f"sha256:{hashlib.sha256(text.encode('utf-8')).hexdigest()}"
