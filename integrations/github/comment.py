"""Shows on a pull request what its plan came to: one comment, which every later run updates.

Its first line, which nobody sees, is how it is found again; it depends on neither the stacks nor
whether they could be planned. Runs on the standard library of Python 3.8 or later alone, where
nothing could be installed too, against any host that has GitHub's API for comments, such as Gitea.
How requests are sent belongs to comment_api.py; what GitLab has instead belongs to
../gitlab/note.py, which uses this.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from integrations.github import comment_api
else:
    # Beside this file, in a checkout as well as in a package.
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    import comment_api

MARK = "<!-- ccloud-apply:pull-request"
_ENDS = {"cancelled": "the run was stopped", "failure": "the run has no exit code"}
"""How a step without an exit code ended, by what the runner says of it."""
MAX_SAID = 20_000
"""Bytes of what a failed run said; the whole of it is in the run's log."""

_WITHDRAWN = """\
### ccloud-apply plan: none

The pull request changes no stack any more, so there is nothing to plan.
"""
_ELSEWHERE = "Another comment of this pull request shows the plan.\n"
_PIPELINE_USERS = ("gitea-actions", "forgejo-actions")
"""Users who write the comments of pipelines, on hosts whose API tells no type of a user. Nobody
else can have these names there; at GitHub anybody could."""


class PullRequest(comment_api.CommentApi):
    """The comments of a pull request at GitHub, or at a host with its API."""

    scheme = "token"
    advice = "give the job `permissions: pull-requests: write`, or a github-token that may write"

    def __init__(self, environment: Mapping[str, str]) -> None:
        root = environment.get("GITHUB_API_URL", "https://api.github.com")
        super().__init__(root, environment["GH_TOKEN"], environment)
        repository = f"{self.root}/repos/{environment['GITHUB_REPOSITORY']}"
        number = int(environment["PULL_REQUEST"])
        self._issues = f"{repository}/issues"
        self._comments = f"{self._issues}/{number}/comments"
        self._pull_request = f"{repository}/pulls/{number}"

    def comments(self) -> Iterator[Mapping[str, Any]]:
        return self.pages(f"{self._comments}?per_page=100")

    def create(self, body: str) -> None:
        self.send("POST", self._comments, {"body": body}, tries=1)

    def update(self, number: int, body: str) -> None:
        self.send("PATCH", f"{self._issues}/comments/{number}", {"body": body})

    def login(self) -> str | None:
        try:
            body, _ = self.send("GET", f"{self.root}/user")
        except comment_api.RefusedError:
            return None
        return str(body["login"])

    def head(self) -> str | None:
        try:
            body, _ = self.send("GET", self._pull_request)
            return str(body["head"]["sha"])
        except (comment_api.CommentError, LookupError, TypeError):
            return None

    def run_link(self, environment: Mapping[str, str]) -> str:
        server = environment.get("GITHUB_SERVER_URL", "https://github.com")
        repository, run = environment["GITHUB_REPOSITORY"], environment.get("GITHUB_RUN_ID", "")
        number = environment.get("GITHUB_RUN_NUMBER", run)
        address = f"{server}/{repository}/actions/runs/{run}"
        if environment.get("GITEA_ACTIONS") == "true":
            # Its pages had the number in their address, before they had the id.
            address = f"{server}/{repository}/actions/runs/{number}"
            with suppress(comment_api.CommentError):
                told, _ = self.send(
                    "GET", f"{self.root}/repos/{repository}/actions/runs/{run}", tries=1
                )
                address = str(told.get("html_url") or address)
        return f"[run {number}]({address}), attempt {environment.get('GITHUB_RUN_ATTEMPT', '1')}"


def find_own(api: comment_api.CommentApi, mark: str) -> Iterator[tuple[int, str]]:
    """The numbers and texts of our own comments that begin so.

    Anybody can begin a comment with our mark. Ours are those of the token's own user, or of a bot
    or the pipelines' user where the token belongs to no user.
    """
    found = [one for one in api.comments() if str(one.get("body", "")).startswith(mark)]
    login = api.login() if found else None
    for one in found:
        user = one.get("user") or {}
        is_bot = user["type"] == "Bot" if "type" in user else user.get("login") in _PIPELINE_USERS
        if user.get("login") == login if login else is_bot:
            yield int(one["id"]), str(one["body"])


def describe(environment: Mapping[str, str]) -> str:
    """What came of the plan of this run."""
    plan, notice = environment.get("PLAN_FILE"), environment.get("NOTICE")
    text = (_show(environment, plan) if plan else None) or _failure(environment)
    # It names a branch, which may be called like a mention or like HTML.
    shown = re.sub(r"[^\w ,.:/-]", "?", notice or "")
    return f"> **Warning:** {shown}\n\n{text}" if shown else text


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
    if code:
        how = f"exit code {code}"
    else:
        how = _ENDS.get(environment.get("OUTCOME", ""), "it did not start")
    lines = [
        f"### ccloud-apply plan: failed ({how})",
        "",
        "This commit has no plan. Do not rely on an earlier one.",
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
    now = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    name = _name(environment)
    parts = [f"Commit {environment['HEAD_SHA'][:10]}"] if environment.get("HEAD_SHA") else []
    parts += [run, now, *([f"`{name}`"] if name else [])]
    return f"<sub>{' · '.join(parts)}</sub>"


def _name(environment: Mapping[str, str]) -> str:
    """What tells the comments of several jobs apart."""
    name = environment.get("COMMENT_NAME") or environment.get("CCLOUD_ENV", "")
    return re.sub(r"[^A-Za-z0-9._-]", "_", name)


def comment(environment: Mapping[str, str], api: comment_api.CommentApi) -> None:
    """Write the comment of this run, or update it; nothing if a newer commit has replaced this one.

    Raises CommentError, also for a command that makes no plan.
    """
    command = environment["COMMAND"]
    if command not in ("plan", "withdraw"):
        raise comment_api.CommentError(
            f"{command} has no plan to show: the commands plan and withdraw comment"
        )
    footer = _footer(environment, api.run_link(environment))
    name = _name(environment)
    mark = f"{MARK} {name} -->" if name else f"{MARK} -->"
    if command == "plan":
        _write(environment, api, mark, f"{mark}\n{describe(environment)}\n{footer}\n")
        return
    found = list(find_own(api, mark if name else f"{MARK} "))
    if found and not _is_outdated(environment, api):
        for number, text in found:
            line = text.partition("\n")[0].strip()
            api.update(number, f"{line}\n{_WITHDRAWN}\n{footer}\n")


def _write(
    environment: Mapping[str, str], api: comment_api.CommentApi, mark: str, body: str
) -> None:
    """Update our comment, or add it.

    A comment may have been added although no answer came: it is looked for again before it is
    added again. A second one would show this plan for ever.
    """
    for tried in range(1, comment_api.TRIES + 1):
        own = list(find_own(api, mark))
        if _is_outdated(environment, api):
            return
        try:
            if own:
                api.update(own[0][0], body)
            else:
                api.create(body)
        except (comment_api.UnansweredError, comment_api.GoneError) as error:
            # A comment that was found may have been deleted in between.
            if tried == comment_api.TRIES or (not own and isinstance(error, comment_api.GoneError)):
                raise
            api.pause(tried)
        else:
            _point_to_the_first(api, mark, own)
            return


def _point_to_the_first(api: comment_api.CommentApi, mark: str, own: list[tuple[int, str]]) -> None:
    """Take older plans out of further comments, which two runs at once may have added."""
    elsewhere = f"{mark}\n{_ELSEWHERE}"
    for number, text in own[1:]:
        if text.strip() != elsewhere.strip():
            api.update(number, elsewhere)


def _is_outdated(environment: Mapping[str, str], api: comment_api.CommentApi) -> bool:
    """True if the pull request has another commit now: an older run may end last, or run again."""
    planned, head = environment.get("HEAD_SHA"), api.head()
    if not planned or head is None or head == planned:
        return False
    sys.stdout.write(
        f"The pull request is now at {head[:10]}. The run of that commit comments instead.\n"
    )
    return True


def main() -> NoReturn:
    """Comment, and fail with a sentence where that cannot be done."""
    try:
        comment(os.environ, PullRequest(os.environ))
    except comment_api.CommentError as error:
        sys.exit(f"error: the comment on the pull request could not be written: {error}")
    sys.exit(0)


if __name__ == "__main__":
    main()
