"""Shows on a merge request what its plan came to: one note, which every later pipeline updates.

What it says, and how it is found again, is that of ../github/comment.py; here is what GitLab's API
has of its own. A job's own token may not write notes: this takes CCLOUD_COMMENT_TOKEN.
"""

import os
import ssl
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.request import BaseHandler, HTTPSHandler

if TYPE_CHECKING:
    from integrations.github import comment
    from integrations.github.comment_api import CommentApi, CommentError
else:
    # Beside this file, in a checkout as well as in a package.
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "github"))
    import comment
    from comment_api import CommentApi, CommentError


class MergeRequest(CommentApi):
    """The notes of one merge request."""

    scheme = "Bearer"
    advice = "CCLOUD_COMMENT_TOKEN needs the role Reporter and the scope api"

    def __init__(self, environment: Mapping[str, str]) -> None:
        token = environment["CCLOUD_COMMENT_TOKEN"]
        handlers = _handlers(environment)
        super().__init__(environment["CI_API_V4_URL"], token, environment, *handlers)
        project = int(environment["CI_MERGE_REQUEST_PROJECT_ID"])
        request = int(environment["CI_MERGE_REQUEST_IID"])
        self._notes = f"{self.root}/projects/{project}/merge_requests/{request}/notes"

    def comments(self) -> Iterator[Mapping[str, Any]]:
        for note in self.pages(f"{self._notes}?per_page=100&sort=asc&order_by=created_at"):
            yield {**note, "user": {"login": note["author"]["username"]}}

    def create(self, body: str) -> None:
        self.send("POST", self._notes, {"body": body}, tries=1)

    def update(self, number: int, body: str) -> None:
        self.send("PUT", f"{self._notes}/{number}", {"body": body})

    def login(self) -> str:
        body, _ = self.send("GET", f"{self.root}/user")
        return str(body["username"])

    def head(self) -> None:
        """Not asked: a newer push stops the pipeline of an older one."""

    def run_link(self, environment: Mapping[str, str]) -> str:
        return f"[pipeline {environment['CI_PIPELINE_IID']}]({environment['CI_PIPELINE_URL']})"


def _handlers(environment: Mapping[str, str]) -> list[BaseHandler]:
    """Trust the authority of a GitLab that has its own, which the runner names."""
    authority = environment.get("CI_SERVER_TLS_CA_FILE")
    if not authority:
        return []
    context = ssl.create_default_context()
    context.load_verify_locations(authority)
    return [HTTPSHandler(context=context)]


def main() -> NoReturn:
    """Write the note, and fail with a sentence where that cannot be done."""
    environment = {
        **os.environ,
        "HEAD_SHA": os.environ.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA")
        or os.environ["CI_COMMIT_SHA"],
    }
    if not environment.get("CCLOUD_COMMENT_TOKEN"):
        sys.exit("error: CCLOUD_COMMENT_TOKEN is not set, so no note can be written")
    try:
        comment.comment(environment, MergeRequest(environment))
    except CommentError as error:
        sys.exit(f"error: the note on the merge request could not be written: {error}")
    sys.exit(0)


if __name__ == "__main__":
    main()
