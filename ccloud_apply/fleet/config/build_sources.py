"""The section `sources` of fleet.yaml -> values."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ccloud_apply.fleet.config.build_parts import Path, Reading, read_reference
from ccloud_apply.fleet.config.durations import read_duration
from ccloud_apply.fleet.config.source_names import name_source
from ccloud_apply.fleet.model.config import DEFAULT_STACKS, AccountConfig, SourceConfig
from ccloud_apply.fleet.patterns import PatternError, compile_pattern, find_numbers
from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.load.text.format_values import did_you_mean, escape
from ccloud_apply.model.loopback import is_loopback

_SCP = lazy_pattern(r"(?:[A-Za-z0-9._-]+@)?[A-Za-z0-9.-]+:(?!//)[^\s]+")
_URL = lazy_pattern(r"([a-z][a-z0-9+.-]*)://([^/\s]*)(/[^\s]*)")
_LOGIN = lazy_pattern(r"[^/:@]*:[^/@]*@")
_FOR_GIT = ("ref", "verify", "signers", "token", "webhook")


def read_source(
    index: int, entry: Mapping[str, Any], accounts: Mapping[str, AccountConfig], reading: Reading
) -> SourceConfig:
    """One source. Reports an address that Git must not be given, and patterns that mean nothing."""
    path: Path = ("sources", index)
    git = _read_place(path, entry, reading)
    stacks = tuple(entry.get("stacks") or DEFAULT_STACKS)
    stars = [
        _count_stars(pattern, (*path, "stacks", at), reading) for at, pattern in enumerate(stacks)
    ]
    most = min((count for count in stars if count is not None), default=0)
    account = _read_account(path, entry, accounts, reading)
    for where, value in _numbered(path, entry):
        if any(not 1 <= number <= most for number in find_numbers(value)):
            what = f"{escape(value)} needs a pattern in stacks: with as many single *"
            hint = 'write stacks: ["customers/*/**/*.yaml"]; ** is counted by none'
            reading.add("bad-value", where, what, hint)
    file = reading.collector.path
    hook = entry.get("webhook")
    return SourceConfig(
        name=name_source(entry),
        folder=reading.beside(entry["folder"]) if "folder" in entry else None,
        git=git,
        ref=entry.get("ref", "HEAD"),
        poll_s=read_duration(entry.get("poll", "5m")),
        is_signed=entry.get("verify") == "signed",
        signers=reading.beside(entry["signers"]) if "signers" in entry else None,
        token=read_reference(entry.get("token"), file),
        stacks=stacks,
        account=account,
        env=entry.get("env"),
        labels=dict(entry.get("labels") or {}),
        webhook_secret=None if hook is None else read_reference(hook["secret"], file),
        source=reading.place(path),
    )


def _numbered(path: Path, entry: Mapping[str, Any]) -> list[tuple[Path, str]]:
    found: list[tuple[Path, str]] = []
    if "account" in entry:
        found.append(((*path, "account"), entry["account"]))
    found += (((*path, "labels", key), value) for key, value in (entry.get("labels") or {}).items())
    return found


def check_sources(sources: Sequence[SourceConfig], reading: Reading) -> None:
    """Reports names that stand twice."""
    seen: dict[str, int] = {}
    for index, source in enumerate(sources):
        if source.name in seen:
            what = f"sources[{seen[source.name]}] is called {source.name} too"
            reading.add("bad-value", ("sources", index), what, "add name: with another name")
        seen.setdefault(source.name, index)


def _read_place(path: Path, entry: Mapping[str, Any], reading: Reading) -> str | None:
    if ("git" in entry) == ("folder" in entry):
        what = "git and folder exclude each other" if "git" in entry else "git or folder is missing"
        reading.add(
            "missing-key" if "git" not in entry else "bad-value",
            path,
            what,
            "write folder: PATH, or git: with the address of a repository",
        )
        return None
    if "folder" in entry:
        for key in _FOR_GIT:
            if key in entry:
                reading.add("bad-value", (*path, key), f"{key} is for git:", "remove it")
        return None
    git: str = entry["git"]
    what, hint = _check_address(git)
    if what:
        reading.add("bad-value", (*path, "git"), what, hint)
    if "signers" in entry and entry.get("verify") != "signed":
        reading.add("bad-value", (*path, "signers"), "it needs verify: signed", "add it")
    if "token" in entry and not git.startswith(("https://", "http://")):
        reading.add("bad-value", (*path, "token"), "it is for https", "use the keys of ssh")
    is_path = not what and "://" not in git and not _SCP.fullmatch(git)
    return reading.beside(git) if is_path else git


def _check_address(git: str) -> tuple[str, str]:
    """What is wrong with the address of a repository, and the way out; empty if nothing is."""
    if not git.isprintable() or git.startswith("-") or "::" in git:
        return "it is not the address of a repository", "use https, ssh or a path"
    login = (
        "an address with a user or a password in it is refused",
        "write token: {env: NAME}, or let a credential helper of Git know it",
    )
    url = _URL.fullmatch(git)
    if url is None:
        if "://" in git or git.startswith(("https:", "http:")):
            return "it is not the address of a repository", "use https, ssh or a path"
        return login if _LOGIN.match(git) else ("", "")
    scheme, place, path = url.groups()
    host = place.rpartition("@")[2]
    if scheme not in ("https", "ssh", "file", "http"):
        return f"{escape(scheme)} is not supported", "use https, ssh or a path"
    if "@" in place and (scheme != "ssh" or ":" in place.rpartition("@")[0]):
        return login
    if scheme in ("https", "http") and ("?" in path or "#" in path):
        return "an address with a query or a fragment is refused", login[1]
    if scheme == "http" and not is_loopback(re.sub(r":\d*$", "", host).strip("[]")):
        return f"others on the network could change what http brings from {escape(host)}", (
            "use https or ssh"
        )
    if scheme != "file" and not host:
        return "it names no host", "use https, ssh or a path"
    return "", ""


def _count_stars(pattern: str, path: Path, reading: Reading) -> int | None:
    try:
        return compile_pattern(pattern).stars
    except PatternError as error:
        reading.add("bad-value", path, escape(str(error), limit=300))
        return None


def _read_account(
    path: Path, entry: Mapping[str, Any], accounts: Mapping[str, AccountConfig], reading: Reading
) -> str | None:
    account: str | None = entry.get("account")
    if account is None:
        if len(accounts) > 1:
            hint = f"add account: with one of {', '.join(accounts)}, or a pattern such as {{1}}"
            reading.add("missing-key", path, '"account" is missing', hint)
        return next(iter(accounts), None)
    if not find_numbers(account) and account not in accounts:
        what = f"there is no account {escape(account)}"
        hint = did_you_mean(account, accounts) or f"accounts: {', '.join(accounts) or 'none'}"
        reading.add("bad-value", (*path, "account"), what, hint)
    return account
