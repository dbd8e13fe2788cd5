"""Asks a repository which commit a release has: a tag can be moved, a commit cannot."""

import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from ccloud_apply.errors import UsageError
from ccloud_apply.workflows.inputs.git_command import git_command, git_environment

_PATIENCE_S = 30.0
_HINT = "name the commit with --commit COMMIT"


def find_release_commit(source: str, version: str, environment: Mapping[str, str]) -> str:
    """The commit of the tag `vVERSION` in the repository at this `https://` address.

    Raises UsageError for a version that is no release, for a repository that cannot be read and
    for one without that tag.
    """
    tag = f"refs/tags/v{version}"
    if ".dev" in version or "+" in version:
        raise UsageError(f"ccloud-apply {version} is not a release, so no tag has it", hint=_HINT)
    answer = _ask(source, tag, environment)
    lines = (line.partition("\t") for line in answer.splitlines())
    commits = {name: commit for commit, _, name in lines}
    # The tag itself may be an object that names who made it; the commit is behind it then.
    commit = commits.get(f"{tag}^{{}}") or commits.get(tag)
    if commit is None:
        raise UsageError(f"{source} has no tag v{version}", hint=_HINT)
    return commit


def _ask(source: str, tag: str, environment: Mapping[str, str]) -> str:
    with tempfile.TemporaryDirectory() as nowhere:  # no repository's settings have a say
        command = git_command(
            Path(nowhere), ["ls-remote", "--", source, tag, f"{tag}^{{}}"], protocol="https"
        )
        try:
            ended = subprocess.run(  # noqa: S603 - an argument list, no shell
                command,
                env=git_environment(environment, protocol="https"),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_PATIENCE_S,
                check=False,
            )
        except FileNotFoundError:
            raise UsageError(
                "git is not installed, which finds the release's commit", hint=_HINT
            ) from None
        except subprocess.TimeoutExpired:
            raise UsageError(
                f"{source} did not answer within {_PATIENCE_S:g} s", hint=_HINT
            ) from None
    if ended.returncode:
        last = (ended.stderr.strip().splitlines() or ["git says nothing"])[-1]
        raise UsageError(f"{source} cannot be read: {last}", hint=_HINT)
    return ended.stdout
