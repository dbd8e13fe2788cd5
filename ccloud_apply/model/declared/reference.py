"""References to what must not stand in a plan: names of secrets and files, never their contents."""

import json
import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from typing import Any, Literal

from ccloud_apply.lazy_dataclass import dataclass

SECRET_PREFIX = "CCLOUD_SECRET_"  # noqa: S105 - the prefix of a variable's name, not a secret
"""Environment variables that a stack file may name as a secret."""


@dataclass(frozen=True, slots=True)
class Reference:
    """`{env: NAME}`, `{file: PATH}`, `{command: [...]}`, whose output is a secret, or `{generate:
    PATH}`, a secret that is made and kept there; resolved at the last moment.

    `name` of a file is relative to the folder of the stack file at `base`; that of a command is the
    command as a shell would take it, although none runs it. `is_secret` marks contents that no
    output, file, log or exception may show.
    """

    kind: Literal["env", "file", "command", "generate"]
    name: str
    base: str
    is_secret: bool = False

    def __str__(self) -> str:
        return f"{{{self.kind}: {self.name}}}"

    @property
    def path(self) -> str:
        """Where a file stands, as seen from where `base` is: what messages and digests name."""
        return posixpath.join(posixpath.dirname(self.base), self.name)

    def at(self, root: object) -> "Reference":
        """The same for whoever is in another folder than that which `base` begins in."""
        top = str(root)
        return self if top == "." else replace(self, base=posixpath.join(top, self.base))

    @property
    def is_bound(self) -> bool:
        """True if an approval of a plan covers the contents, by their digest.

        A secret is bound by its name alone: a digest could be used to guess it.
        """
        return self.kind == "file" and not self.is_secret


@dataclass(frozen=True, slots=True)
class Hole:
    """Where a secret goes into a template. `indent` precedes its second and every further line."""

    secret: str
    indent: str = ""


@dataclass(frozen=True, slots=True)
class Template:
    """`{template: PATH, secrets: {...}}`: a text for one server, all of it but its secrets.

    `name` and `base` are those of its file, as in `Reference`. `parts` is the text, without what
    is filled in right before its request; None in a plan that was saved, which has no contents.
    They are kept out of the repr: they may be long.
    """

    name: str
    base: str
    secrets: tuple[tuple[str, Reference], ...] = ()
    parts: tuple[str | Hole, ...] | None = field(default=None, repr=False)

    def __str__(self) -> str:
        names = ", ".join(name for name, _ in self.secrets)
        return f"{{template: {self.name}{f', secrets: {names}' if names else ''}}}"

    @property
    def path(self) -> str:
        """Where its file stands, as seen from where `base` is."""
        return posixpath.join(posixpath.dirname(self.base), self.name)

    @property
    def text(self) -> str:
        """What is known of the text: each secret stands there by its name."""
        return self.fill({name: f"${{secret.{name}}}" for name, _ in self.secrets})

    @property
    def digest(self) -> str:
        """SHA-256 over the text, in which secrets count by their names.

        Raises ValueError for a template of a saved plan, as `fill` does.
        """
        merged: list[str | list[str]] = []
        for part in self._known_parts():
            if isinstance(part, Hole):
                merged.append([part.secret, part.indent])
            elif merged and isinstance(merged[-1], str):
                merged[-1] += part
            elif part:
                merged.append(part)
        return digest_contents(json.dumps(merged))

    def bound_name(self, server: str) -> str:
        """What the digest of the text for this server is kept under."""
        return f"{self.path}#{server}"

    def fill(self, values: Mapping[str, str]) -> str:
        """The whole text with these secrets.

        Raises ValueError for a template of a saved plan, whose text is not known.
        """
        return "".join(
            part if isinstance(part, str) else indent(values[part.secret], part.indent)
            for part in self._known_parts()
        )

    def _known_parts(self) -> tuple[str | Hole, ...]:
        if self.parts is None:
            raise ValueError(f"the text of {self} is not known")
        return self.parts


def indent(text: str, prefix: str) -> str:
    """The text with the prefix before its second and every further line that is not empty."""
    if not prefix or "\n" not in text:
        return text
    first, *others = text.split("\n")
    return "\n".join((first, *(f"{prefix}{line}" if line else line for line in others)))


def find_references(value: Any) -> Iterator[Reference]:
    """The references in a JSON-like value, however deep; of a template, those of its secrets."""
    for found in _find(value):
        if isinstance(found, Reference):
            yield found
        else:
            yield from (reference for _, reference in found.secrets)


def find_templates(value: Any) -> Iterator[Template]:
    """The templates in a JSON-like value, however deep."""
    return (found for found in _find(value) if isinstance(found, Template))


def _find(value: Any) -> Iterator[Reference | Template]:
    if isinstance(value, Reference | Template):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _find(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _find(item)


def digest_contents(text: str) -> str:
    """SHA-256 over the text in UTF-8, which is how it is sent."""
    import hashlib

    return f"sha256:{hashlib.sha256(text.encode('utf-8')).hexdigest()}"
