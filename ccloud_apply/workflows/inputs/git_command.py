"""How Git is called: so that nothing runs that a repository names, and no credentials leave us.

The repository may be anybody's. No pager, hook, file monitor, signature check or fetch is run. Who
calls must not ask for anything that reads the working tree: filters of the repository would be run
for that (`filter.*.clean`). Only who names a protocol can fetch, and by that one alone.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

_OPTIONS = (
    *("--no-pager", "--no-optional-locks", "--no-replace-objects", "--literal-pathspecs"),
    *("-c", "core.fsmonitor=false"),
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "log.showSignature=false"),
    *("-c", "diff.external="),
    *("-c", "protocol.allow=never"),
)

_KEPT = ("PATH", "HOME", "XDG_CONFIG_HOME", "USERPROFILE", "SYSTEMROOT", "PATHEXT")
"""What Git needs to be found, and to find its user's own settings. A GIT_DIR of a hook would be
another repository."""

_ENVIRONMENT = {
    "LC_ALL": "C",
    "GIT_TERMINAL_PROMPT": "0",
    # What is missing in a partial clone is not fetched: that runs what a remote names.
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
}


_KEPT_TO_FETCH = (
    *("SSH_AUTH_SOCK", "GIT_SSH_COMMAND", "GIT_SSH", "GIT_SSL_CAINFO", "GNUPGHOME", "TMPDIR"),
    *("https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY"),
)
"""What reaching a host, and trusting a signature, may take beside."""


def git_command(
    folder: Path, arguments: Sequence[str], *, protocol: str | None = None
) -> list[str]:
    """The command line that asks Git this in the folder; it may use this protocol alone."""
    allowed = () if protocol is None else ("-c", f"protocol.{protocol}.allow=always")
    return ["git", *_OPTIONS, *allowed, "-C", str(folder), *arguments]


def git_environment(
    environment: Mapping[str, str], *, protocol: str | None = None
) -> dict[str, str]:
    """The environment that Git gets, to fetch by this protocol or not at all."""
    names = _KEPT if protocol is None else (*_KEPT, *_KEPT_TO_FETCH)
    kept = {name: environment[name] for name in names if name in environment}
    return {**kept, **_ENVIRONMENT, "GIT_ALLOW_PROTOCOL": protocol or "none"}
