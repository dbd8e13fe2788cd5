"""What a host keeps while jobs come and go: the repository, environments with secrets, caches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.git import run_git
from tests.support.github_runner.stub_api import Api

NAME = "our/repo"
MERGE = "refs/pull/7/merge"


@dataclass
class Host:
    """A repository at a host.

    `origin` is a work tree whose branches are the host's. `secrets` are those of each environment,
    and by "" those of the repository. `folder` is where the host looks for workflows.
    """

    origin: Path
    work: Path
    api: Api
    secrets: Mapping[str, Mapping[str, str]]
    environment: Mapping[str, str]
    visibility: str = "private"
    folder: str = ".github"
    server: str = "https://github.com"
    stop_in: tuple[str, str] | None = None
    """The job and the step of it that is stopped, by a person or by its time limit."""
    caches: dict[str, Path] = field(default_factory=dict)
    runs: int = 0

    def git(self, *arguments: str) -> str:
        """Git in the origin."""
        return run_git(self.origin, *arguments)

    def commit(self, files: Mapping[str, str | None], message: str = "change") -> str:
        """Write these files (None removes one) and commit all that is there; the commit."""
        for name, text in files.items():
            path = self.origin / name
            if text is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")

    def make_merge(self, head: str) -> str:
        """What GitHub makes of a pull request to main: its merge, under a name of its own."""
        before = self.git("rev-parse", "--abbrev-ref", "HEAD")
        self.git("checkout", "--quiet", "--detach", "main")
        self.git("merge", "--quiet", "--no-ff", "--message", "merge", head)
        self.git("update-ref", MERGE, "HEAD")
        self.git("checkout", "--quiet", before)
        return self.git("rev-parse", MERGE)

    def changed(self, before: str, after: str) -> Sequence[str]:
        """The paths that differ between two commits."""
        return self.git("diff", "--name-only", before, after).splitlines()


@dataclass(frozen=True, kw_only=True)
class Event:
    """What starts workflows, and the commit that they run at."""

    name: str
    ref: str
    commit: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    paths: Sequence[str] = ()
    is_trusted: bool = True
    """Jobs may have secrets, and a token that writes."""

    @property
    def branch(self) -> str:
        """The last part of the ref."""
        return self.ref.removeprefix("refs/heads/")


def pull_request(
    host: Host, branch: str, *, is_fork: bool = False, author: str = "jane", number: int = 7
) -> Event:
    """A push to the branch of a pull request to main."""
    head = host.git("rev-parse", branch)
    payload = {
        "number": number,
        "user": {"login": author},
        "head": {"sha": head, "repo": {"full_name": "fork/repo" if is_fork else NAME}},
    }
    return Event(
        name="pull_request",
        ref=MERGE,
        commit=host.make_merge(branch),
        payload={"pull_request": payload, **_about(host)},
        is_trusted=not is_fork and author != "dependabot[bot]",
    )


def push(host: Host, branch: str = "main", *, before: str) -> Event:
    """A push to a branch of the repository."""
    after = host.git("rev-parse", branch)
    return Event(
        name="push",
        ref=f"refs/heads/{branch}",
        commit=after,
        payload=_about(host),
        paths=host.changed(before, after),
    )


def event(host: Host, name: str, ref: str = "refs/heads/main") -> Event:
    """A schedule, a dispatch by hand, or a merge queue at this ref.

    GitHub documents no payload of a schedule: it may say nothing of the repository.
    """
    payload = {"schedule": "17 3 * * *"} if name == "schedule" else _about(host)
    return Event(name=name, ref=ref, commit=host.git("rev-parse", ref), payload=payload)


def _about(host: Host) -> Mapping[str, Any]:
    return {"repository": {"full_name": NAME, "visibility": host.visibility}}
