"""Asks the repository which of its branches is the default one: a pipeline applies that branch."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from ccloud_apply.errors import UsageError
from ccloud_apply.workflows.inputs.git_command import git_command, git_environment

_PATIENCE_S = 10.0
_LOCAL = "refs/heads/"
_REMOTE = "refs/remotes/origin/"
_USUAL = "main"


def find_branch(top: Path, environment: Mapping[str, str]) -> str:
    """The default branch of the host where a clone knows it; else `main`, or the only branch.
    `main` also where this is no repository yet, or Git says nothing of it.

    Raises UsageError where it could be any of several.
    """
    ask = _Asking(top, environment)
    head = ask("symbolic-ref", "--quiet", f"{_REMOTE}HEAD")
    if head.startswith(_REMOTE):
        return head.removeprefix(_REMOTE)
    refs = ask("for-each-ref", "--format=%(refname)", _LOCAL, _REMOTE).split()
    branches = {ref.removeprefix(_LOCAL).removeprefix(_REMOTE) for ref in refs}
    if _USUAL in branches:
        return _USUAL
    if not branches:
        return ask("symbolic-ref", "--quiet", "--short", "HEAD") or _USUAL
    if len(branches) == 1:
        return branches.pop()
    raise UsageError(
        f"the repository has no branch {_USUAL}, and the pipeline applies one of its branches",
        hint="name its default branch: --branch NAME",
    )


class _Asking:
    """Asks Git in this folder. The answer is empty if Git is missing, fails, or takes too long."""

    def __init__(self, top: Path, environment: Mapping[str, str]) -> None:
        self._top = top
        self._environment = git_environment(environment)

    def __call__(self, *arguments: str) -> str:
        try:
            ended = subprocess.run(  # noqa: S603 - an argument list, no shell
                git_command(self._top, arguments),
                env=self._environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_PATIENCE_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return ""
        return "" if ended.returncode else ended.stdout.strip()
