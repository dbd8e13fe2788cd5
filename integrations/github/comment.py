"""Shows on a pull request what its plan came to: one comment, which every later run updates.

Its first line, which nobody sees, is how it is found again; it depends on neither the stacks nor
whether they could be planned. Runs on the standard library alone, where nothing could be installed
too, against any host that has GitHub's API for comments, such as Gitea. What GitLab has instead
belongs to ../gitlab/note.py, which uses this.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from http.client import HTTPException
from itertools import count
from pathlib import Path
from typing import Any, NoReturn
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

MARK = "<!-- ccloud-apply:pull-request"
_ENDS = {"cancelled": "it was stopped before its end", "failure": "it has no exit code"}
"""How a step without an exit code ended, by what the runner says of it."""
MAX_SAID = 20_000
"""Bytes of what a failed run said; the whole of it is in the run's log."""

_WITHDRAWN = """\
### ccloud-apply plan: none

The pull request changes no stack any more, so there is nothing to plan.
"""
_ELSEWHERE = "Another comment of this pull request shows the plan.\n"
_PIPELINE_USERS = ("gitea-actions", "forgejo-actions")
"""Whose the comments of pipelines are on hosts that tell no type of a user, where nobody else can
have these names; at GitHub anybody could."""

_TRIES = 4
_PATIENCE_S = 30
_MOST_WAIT_S = 60


class NoComment(Exception):
    """The comment cannot be read or written; the argument says why and what to do."""


class Refused(NoComment):
    """The token may not do this."""


class Gone(Refused):
    """What it is about does not exist."""


class Lost(NoComment):
    """There was no answer: what was asked for may have been done, or not."""


class _NoRedirect(HTTPRedirectHandler):
    """A redirect would take the token to somebody else."""

    def redirect_request(self, *_: Any) -> None:
        return None


class Api:
    """The comments of one pull request."""

    scheme = "token"
    advice = "give the job `permissions: pull-requests: write`, or a github-token that may write"

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._root = environment.get("GITHUB_API_URL", "https://api.github.com").rstrip("/")
        self._repository = f"{self._root}/repos/{environment['GITHUB_REPOSITORY']}/issues"
        number = int(environment["PULL_REQUEST"])
        self._comments = f"{self._repository}/{number}/comments"
        self._request = f"{self._root}/repos/{environment['GITHUB_REPOSITORY']}/pulls/{number}"
        self._token = environment["GH_TOKEN"]
        self._opener = build_opener(_NoRedirect)
        self._wait_s = float(environment.get("COMMENT_WAIT_S", "1"))

    def comments(self) -> Iterator[Mapping[str, Any]]:
        """All comments, the oldest first."""
        return self._pages(f"{self._comments}?per_page=100")

    def _pages(self, first: str) -> Iterator[Mapping[str, Any]]:
        """All pages. The host's own links to them may lead to an address of it that is not ours."""
        for page in count(1):
            body, headers = self._send("GET", f"{first}&page={page}")
            yield from body
            if not re.search(r'rel="?next\b', headers.get("link", "")):
                return

    def create(self, body: str) -> None:
        """Once alone: repeated blindly, it would make a second comment."""
        self._send("POST", self._comments, {"body": body}, tries=1)

    def update(self, number: int, body: str) -> None:
        self._send("PATCH", f"{self._repository}/comments/{number}", {"body": body})

    def login(self) -> str | None:
        """Whose token it is; None for one of a pipeline or an app, which belongs to no person."""
        try:
            body, _ = self._send("GET", f"{self._root}/user")
        except Refused:
            return None
        return str(body["login"])

    def head(self) -> str | None:
        """The commit that is proposed by now; None if that is not told."""
        try:
            body, _ = self._send("GET", self._request)
            return str(body["head"]["sha"])
        except (NoComment, LookupError, TypeError):
            return None

    def wait(self, tried: int, least_s: float = 0) -> None:
        """Before the next try, the longer the more there were."""
        time.sleep(self._wait_s * max(2**tried, least_s))

    def _send(
        self, method: str, address: str, body: object = None, *, tries: int = _TRIES
    ) -> tuple[Any, Mapping[str, str]]:
        request = Request(address, method=method)  # noqa: S310 - the runner names it
        request.add_header("Authorization", f"{self.scheme} {self._token}")
        request.add_header("Accept", "application/json")
        request.add_header("User-Agent", "ccloud-apply")
        if body is not None:
            request.add_header("Content-Type", "application/json")
            request.data = json.dumps(body).encode()
        for tried in range(1, tries + 1):
            least_s = 0.0
            try:
                with self._opener.open(request, timeout=_PATIENCE_S) as answer:
                    headers = {name.lower(): value for name, value in answer.headers.items()}
                    return json.load(answer), headers
            except HTTPError as error:
                problem = self._explain(error, method)
                if not isinstance(problem, Lost):
                    raise problem from None
                least_s = _asked_to_wait(error)
            except (OSError, HTTPException, ValueError) as error:
                problem = Lost(f"the API of the host does not answer: {error}")
            if tried == tries or least_s > _MOST_WAIT_S:
                raise problem
            self.wait(tried, least_s)
        raise AssertionError("the last try returns or raises")

    def _explain(self, error: HTTPError, method: str) -> NoComment:
        why = f"the API of the host answers {error.code} to {method}"
        said = f"; it says: {text}" if (text := _message(error)) else ""
        if error.code >= 500 or _is_limit(error):
            return Lost(f"{why}{said}")
        if error.code in (401, 403, 404, 410):
            kind = Gone if error.code in (404, 410) else Refused
            return kind(f"{why}; {self.advice}{said}")
        return NoComment(f"{why}{said}")

    def run_link(self, environment: Mapping[str, str]) -> str:
        """Where the run of this environment is shown, in Markdown."""
        server = environment.get("GITHUB_SERVER_URL", "https://github.com")
        repository, run = environment["GITHUB_REPOSITORY"], environment.get("GITHUB_RUN_ID", "")
        number = environment.get("GITHUB_RUN_NUMBER", run)
        address = f"{server}/{repository}/actions/runs/{run}"
        if environment.get("GITEA_ACTIONS") == "true":
            # Its pages had the number in their address, before they had the id.
            address = f"{server}/{repository}/actions/runs/{number}"
            with suppress(NoComment):
                told, _ = self._send(
                    "GET", f"{self._root}/repos/{repository}/actions/runs/{run}", tries=1
                )
                address = str(told.get("html_url") or address)
        return f"[run {number}]({address}), attempt {environment.get('GITHUB_RUN_ATTEMPT', '1')}"


def _message(error: HTTPError) -> str:
    """What the host says of it, such as that the conversation is locked."""
    try:
        text = str(json.loads(error.read())["message"])
    except (OSError, HTTPException, ValueError, LookupError, TypeError):
        return ""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())[:200]


def _is_limit(error: HTTPError) -> bool:
    """Whether the host was asked too much, which GitHub tells as 403, too."""
    named = "retry-after" in error.headers or error.headers.get("x-ratelimit-remaining") == "0"
    return error.code == 429 or (error.code == 403 and named)


def _asked_to_wait(error: HTTPError) -> float:
    """For how many seconds the host asks not to be asked."""
    told = str(error.headers.get("retry-after", ""))
    return float(told) if re.fullmatch(r"\d{1,9}", told) else 0


def find_own(api: Api, mark: str) -> Iterator[tuple[int, str]]:
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
    if code:
        how = f"exit code {code}"
    else:
        how = _ENDS.get(environment.get("OUTCOME", ""), "it did not start")
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


def comment(environment: Mapping[str, str], api: Api) -> None:
    """Write the comment of this run, or update it; nothing if a newer push has taken its place."""
    command = environment["COMMAND"]
    if command not in ("plan", "withdraw"):
        raise NoComment(f"{command} has no plan to show: the commands plan and withdraw comment")
    footer = _footer(environment, api.run_link(environment))
    name = _name(environment)
    mark = f"{MARK} {name} -->" if name else f"{MARK} -->"
    if command == "withdraw":
        found = list(find_own(api, mark if name else f"{MARK} "))
        if found and not _is_outdated(environment, api):
            for number, text in found:
                line = text.partition("\n")[0].strip()
                api.update(number, f"{line}\n{_WITHDRAWN}\n{footer}\n")
        return
    _write(environment, api, mark, f"{mark}\n{describe(environment)}\n{footer}\n")


def _write(environment: Mapping[str, str], api: Api, mark: str, body: str) -> None:
    """Write the one comment. What got lost on the way is looked for, and not repeated blindly."""
    for tried in range(1, _TRIES + 1):
        own = list(find_own(api, mark))
        if _is_outdated(environment, api):
            return
        try:
            if own:
                api.update(own[0][0], body)
            else:
                api.create(body)
        except (Lost, Gone) as error:
            # A comment that was found may have been deleted in between.
            if tried == _TRIES or (not own and isinstance(error, Gone)):
                raise
            api.wait(tried)
            continue
        # Two runs at once, or an answer that came late: the other ones show an older plan.
        elsewhere = f"{mark}\n{_ELSEWHERE}"
        for number, text in own[1:]:
            if text.strip() != elsewhere.strip():
                api.update(number, elsewhere)
        return


def _is_outdated(environment: Mapping[str, str], api: Api) -> bool:
    """Whether another commit is proposed by now: an older run may end last, or run once more."""
    planned, head = environment.get("HEAD_SHA"), api.head()
    if not planned or head is None or head == planned:
        return False
    sys.stdout.write(f"The pull request is at {head[:10]} by now, whose run comments instead.\n")
    return True


def main() -> NoReturn:
    """Comment, and fail with a sentence where that cannot be done."""
    try:
        comment(os.environ, Api(os.environ))
    except NoComment as error:
        sys.exit(f"error: the pull request has no comment of this run: {error}")
    sys.exit(0)


if __name__ == "__main__":
    main()
