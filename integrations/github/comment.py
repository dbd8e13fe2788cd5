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
from pathlib import Path
from typing import Any, NoReturn
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import BaseHandler, HTTPRedirectHandler, Request, build_opener

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

_TRIES = 4
_PATIENCE_S = 30


class NoComment(Exception):
    """The comment cannot be read or written; the argument says why and what to do."""


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
        self._comments = f"{self._repository}/{int(environment['PULL_REQUEST'])}/comments"
        self._token = environment["GH_TOKEN"]
        self._opener = build_opener(_NoRedirect, *self.handlers(environment))
        self._wait_s = float(environment.get("COMMENT_WAIT_S", "1"))

    def handlers(self, environment: Mapping[str, str]) -> list[BaseHandler]:
        """What else opens addresses than the library's own."""
        return []

    def comments(self) -> Iterator[Mapping[str, Any]]:
        """All comments, the oldest first."""
        return self._pages(f"{self._comments}?per_page=100")

    def _pages(self, first: str) -> Iterator[Mapping[str, Any]]:
        address: str | None = first
        while address:
            body, headers = self._send("GET", address)
            yield from body
            found = re.search(r'<([^>]+)>;\s*rel="next"', headers.get("link", ""))
            # Behind a proxy a host may know itself by another name. The token stays where it goes.
            query = urlsplit(found[1]).query if found else ""
            address = f"{first.partition('?')[0]}?{query}" if query else None

    def create(self, body: str) -> None:
        self._send("POST", self._comments, {"body": body})

    def update(self, number: int, body: str) -> None:
        self._send("PATCH", f"{self._repository}/comments/{number}", {"body": body})

    def login(self) -> str | None:
        """Whose token it is; None for one of a pipeline or an app, which belongs to no person."""
        try:
            body, _ = self._send("GET", f"{self._root}/user", tries=1)
        except NoComment:
            return None
        return str(body["login"])

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
        for left in reversed(range(tries)):
            try:
                with self._opener.open(request, timeout=_PATIENCE_S) as answer:
                    headers = {name.lower(): value for name, value in answer.headers.items()}
                    return json.load(answer), headers
            except HTTPError as error:
                # A comment that was lost on the way is found and updated by the next run.
                if (error.code < 500 and error.code != 429) or not left:
                    raise NoComment(self._explain(error, method)) from None
            except (URLError, TimeoutError, ValueError) as error:
                if not left:
                    raise NoComment(f"the API of the host does not answer: {error}") from None
            time.sleep(self._wait_s * 2 ** (tries - left))
        raise AssertionError("the last try returns or raises")

    def _explain(self, error: HTTPError, method: str) -> str:
        why = f"the API of the host answers {error.code} to {method}"
        return f"{why}; {self.advice}" if error.code in (401, 403, 404) else why

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


def find_own(api: Api, mark: str) -> Iterator[tuple[int, str]]:
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


def comment(environment: Mapping[str, str], api: Api) -> None:
    """Write the comment of this run, or update it."""
    footer = _footer(environment, api.run_link(environment))
    name = _name(environment)
    mark = f"{MARK} {name} -->" if name else f"{MARK} -->"
    if environment["COMMAND"] == "withdraw":
        for number, line in find_own(api, mark if name else f"{MARK} "):
            api.update(number, f"{line}\n{_WITHDRAWN}\n{footer}\n")
        return
    body = f"{mark}\n{describe(environment)}\n{footer}\n"
    found = next(find_own(api, mark), None)
    if found is None:
        api.create(body)
    else:
        api.update(found[0], body)


def main() -> NoReturn:
    """Comment, and fail with a sentence where that cannot be done."""
    try:
        comment(os.environ, Api(os.environ))
    except NoComment as error:
        sys.exit(f"error: the pull request has no comment of this run: {error}")
    sys.exit(0)


if __name__ == "__main__":
    main()
