"""Shows on a pull request what its plan came to: one comment, which every later run updates.

Its first line, which nobody sees, is how it is found again; it depends on neither the stacks nor
whether they could be planned. Runs on the standard library alone, where nothing could be installed
too, against any host that has GitHub's API for comments, such as Gitea. How requests are sent
belongs to comment_api.py; what GitLab has instead belongs to ../gitlab/note.py, which uses this.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from integrations.github.comment_api import TRIES, CommentApi, CommentError, UnansweredError
else:
    # Beside this file, in a checkout as well as in a package.
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    from comment_api import TRIES, CommentApi, CommentError, UnansweredError

MARK = "<!-- ccloud-apply:pull-request"
MAX_SAID = 20_000
"""Bytes of what a failed run said; the whole of it is in the run's log."""

_WITHDRAWN = """\
### ccloud-apply plan: none

The pull request changes no stack any more, so there is nothing to plan.
"""
_PIPELINE_USERS = ("gitea-actions", "forgejo-actions")
"""Whose the comments of pipelines are on hosts that tell no type of a user, where nobody else can
have these names; at GitHub anybody could."""


class PullRequest(CommentApi):
    """The comments of a pull request at GitHub, or at a host with its API."""

    scheme = "token"
    advice = "give the job `permissions: pull-requests: write`, or a github-token that may write"

    def __init__(self, environment: Mapping[str, str]) -> None:
        root = environment.get("GITHUB_API_URL", "https://api.github.com")
        super().__init__(root, environment["GH_TOKEN"], environment)
        self._issues = f"{self.root}/repos/{environment['GITHUB_REPOSITORY']}/issues"
        self._comments = f"{self._issues}/{int(environment['PULL_REQUEST'])}/comments"

    def comments(self) -> Iterator[Mapping[str, Any]]:
        return self.pages(f"{self._comments}?per_page=100")

    def create(self, body: str) -> None:
        self.send("POST", self._comments, {"body": body}, tries=1)

    def update(self, number: int, body: str) -> None:
        self.send("PATCH", f"{self._issues}/comments/{number}", {"body": body})

    def login(self) -> str | None:
        try:
            body, _ = self.send("GET", f"{self.root}/user", tries=1)
        except CommentError:
            return None
        return str(body["login"])

    def run_link(self, environment: Mapping[str, str]) -> str:
        server = environment.get("GITHUB_SERVER_URL", "https://github.com")
        repository, run = environment["GITHUB_REPOSITORY"], environment.get("GITHUB_RUN_ID", "")
        number = environment.get("GITHUB_RUN_NUMBER", run)
        address = f"{server}/{repository}/actions/runs/{run}"
        if environment.get("GITEA_ACTIONS") == "true":
            # Its pages had the number in their address, before they had the id.
            address = f"{server}/{repository}/actions/runs/{number}"
            with suppress(CommentError):
                told, _ = self.send(
                    "GET", f"{self.root}/repos/{repository}/actions/runs/{run}", tries=1
                )
                address = str(told.get("html_url") or address)
        return f"[run {number}]({address}), attempt {environment.get('GITHUB_RUN_ATTEMPT', '1')}"


def find_own(api: CommentApi, mark: str) -> Iterator[tuple[int, str]]:
    """The numbers and first lines of our own comments that begin so.

    Anybody can begin a comment with our mark. Ours are those of the token's own user, or of a bot
    or the pipelines' user where the token belongs to no user.
    """
    found = [one for one in api.comments() if str(one.get("body", "")).startswith(mark)]
    login = api.login() if found else None
    for one in found:
        user = one.get("user") or {}
        is_bot = user["type"] == "Bot" if "type" in user else user.get("login") in _PIPELINE_USERS
        if user.get("login") == login if login else is_bot:
            yield int(one["id"]), str(one["body"]).partition("\n")[0].strip()


def describe(environment: Mapping[str, str]) -> str:
    """What came of the plan of this run."""
    plan, notice = environment.get("PLAN_FILE"), environment.get("NOTICE")
    text = (_show(environment, plan) if plan else None) or _failure(environment)
    return f"> **Warning:** {notice}\n\n{text}" if notice else text


def _show(environment: Mapping[str, str], plan: str) -> str | None:
    """The plan as Markdown, without its own mark."""
    ours = f"{environment['RUNNER_TEMP']}/ccloud-apply/bin/ccloud-apply"
    command = environment.get("CCLOUD_COMMAND", ours)
    ended = subprocess.run(  # noqa: S603 - a program and a file of this job
        [command, "show", "--format", "markdown", "--", plan],
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=False,
    )
    return None if ended.returncode else ended.stdout.partition("\n")[2].strip("\n") + "\n"


def _failure(environment: Mapping[str, str]) -> str:
    code = environment.get("EXIT_CODE")
    how = f"exit code {code}" if code else "it did not start"
    lines = [
        f"### ccloud-apply plan: failed ({how})",
        "",
        "There is no plan of this commit. An earlier one does not count any more.",
        "",
    ]
    said = _said(Path(environment["RUNNER_TEMP"]) / "ccloud-said")
    if said:
        # A fence longer than any in the text, which then cannot end it.
        fence = "`" * max(3, 1 + max(map(len, re.findall("`+", said)), default=0))
        lines += [f"{fence}text", said, fence, ""]
    return "\n".join(lines)


def _said(path: Path) -> str:
    """What the run wrote to standard error, without annotations, which stand beside their lines."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    lines = [line for line in text.splitlines() if not line.startswith("::")]
    text = "\n".join(lines).strip()
    if len(text.encode()) > MAX_SAID:
        text = text.encode()[:MAX_SAID].decode(errors="ignore") + "\n..."
    return text


def _footer(environment: Mapping[str, str], run: str) -> str:
    """Of which commit, in which run, when: what a reader needs to know whether it is current."""
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    name = _name(environment)
    parts = [f"Commit {environment['HEAD_SHA'][:10]}"] if environment.get("HEAD_SHA") else []
    parts += [run, now, *([f"`{name}`"] if name else [])]
    return f"<sub>{' · '.join(parts)}</sub>"


def _name(environment: Mapping[str, str]) -> str:
    """What tells the comments of several jobs apart."""
    name = environment.get("COMMENT_NAME") or environment.get("CCLOUD_ENV", "")
    return re.sub(r"[^A-Za-z0-9._-]", "_", name)


def comment(environment: Mapping[str, str], api: CommentApi) -> None:
    """Write the comment of this run, or update it."""
    footer = _footer(environment, api.run_link(environment))
    name = _name(environment)
    mark = f"{MARK} {name} -->" if name else f"{MARK} -->"
    if environment["COMMAND"] == "withdraw":
        for number, line in find_own(api, mark if name else f"{MARK} "):
            api.update(number, f"{line}\n{_WITHDRAWN}\n{footer}\n")
        return
    _write(api, mark, f"{mark}\n{describe(environment)}\n{footer}\n")


def _write(api: CommentApi, mark: str, body: str) -> None:
    """Update our comment, or add it.

    A comment may have been added although no answer came: it is looked for again before it is
    added again. A second one would show this plan for ever.
    """
    for left in reversed(range(TRIES)):
        found = next(find_own(api, mark), None)
        if found is not None:
            api.update(found[0], body)
            return
        try:
            api.create(body)
        except UnansweredError:
            if not left:
                raise
            api.pause(TRIES - left)
        else:
            return


def main() -> NoReturn:
    """Comment, and fail with a sentence where that cannot be done."""
    try:
        comment(os.environ, PullRequest(os.environ))
    except CommentError as error:
        sys.exit(f"error: the pull request has no comment of this run: {error}")
    sys.exit(0)


if __name__ == "__main__":
    main()
