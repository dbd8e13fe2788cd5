"""What a hook says: which repository, and which branch was pushed to. Pure.

The body is verified by now, but who has sent it may still be wrong: nothing of it is taken for
anything but a name to compare with.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from ccloud_apply.lazy_dataclass import dataclass

_HOLDERS = ("repository", "project")
_ADDRESSES = (
    "clone_url",
    "ssh_url",
    "git_url",
    "html_url",
    "url",
    "git_http_url",
    "git_ssh_url",
    "http_url",
    "homepage",
    "web_url",
)
_BRANCH = "refs/heads/"
_TAG = "refs/tags/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """`repositories` are its addresses as `normalise` writes them. `ref` is None where the hook
    says none, which may be any."""

    repositories: frozenset[str]
    ref: str | None = None
    default_branch: str | None = None

    def concerns(self, git: str, ref: str) -> bool:
        """True if a source with this address and ref may have something new."""
        if normalise(git) not in self.repositories:
            return False
        if self.ref is None or self.ref == ref:
            return True
        if ref == "HEAD":
            return self.default_branch is None or self.ref == _BRANCH + self.default_branch
        return self.ref in (_BRANCH + ref, _TAG + ref)


def read_push(body: bytes) -> Push | None:
    """What the body says; None for what is not an object of JSON. A first trial of a host may name
    no repository: then there is none that it concerns."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict):
        return None
    found = frozenset(
        name
        for text in _find_addresses(document)
        for name in (normalise(text),)
        if name is not None
    )
    return Push(
        repositories=found,
        ref=_text(document, "ref"),
        default_branch=next(
            (
                branch
                for holder in _find_holders(document)
                for branch in (_text(holder, "default_branch"),)
                if branch
            ),
            None,
        ),
    )


def normalise(address: str) -> str | None:
    """`host/path` of a repository: the same for https, ssh and `git@host:path`, with any user and
    port, with `.git` or without; `/path` of one on this machine, None for anything else."""
    text = address.strip().removeprefix("file://")
    if "://" not in text and not text.startswith("/"):
        start, colon, path = text.partition(":")
        if not colon or "/" in start:
            return None
        text = f"ssh://{start}/{path}"
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    path = parts.path.strip("/").removesuffix(".git").lower()
    is_here = not parts.scheme and not parts.netloc
    return f"{parts.hostname or ''}/{path}" if path and (parts.hostname or is_here) else None


def _find_addresses(document: Mapping[str, Any]) -> Iterator[str]:
    for holder in _find_holders(document):
        for key in _ADDRESSES:
            text = _text(holder, key)
            if text is not None:
                yield text


def _find_holders(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for key in _HOLDERS:
        holder = document.get(key)
        if isinstance(holder, dict):
            yield holder


def _text(holder: Mapping[str, Any], key: str) -> str | None:
    found = holder.get(key)
    return found if isinstance(found, str) else None
