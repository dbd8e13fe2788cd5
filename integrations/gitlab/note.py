"""Shows on a merge request what its plan came to: one note, which every later pipeline updates.

What it says, and how it is found again, is that of ../github/comment.py; here is what GitLab's API
has of its own. A job's own token may not write notes: this takes CCLOUD_COMMENT_TOKEN.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from integrations.github import comment
else:
    # Beside this file, in a checkout as well as in a package.
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "github"))
    import comment


class Notes(comment.Api):
    """The notes of one merge request."""

    scheme = "Bearer"
    advice = "CCLOUD_COMMENT_TOKEN has to be of the role Reporter and of the scope api"

    def __init__(self, environment: Mapping[str, str]) -> None:
        super().__init__(
            {
                **environment,
                "GITHUB_API_URL": environment["CI_API_V4_URL"],
                "GITHUB_REPOSITORY": environment["CI_MERGE_REQUEST_PROJECT_ID"],
                "PULL_REQUEST": environment["CI_MERGE_REQUEST_IID"],
                "GH_TOKEN": environment["CCLOUD_COMMENT_TOKEN"],
            }
        )
        project = f"{self._root}/projects/{int(environment['CI_MERGE_REQUEST_PROJECT_ID'])}"
        request = int(environment["CI_MERGE_REQUEST_IID"])
        self._notes = f"{project}/merge_requests/{request}/notes"

    def comments(self) -> Iterator[Mapping[str, Any]]:
        for note in self._pages(f"{self._notes}?per_page=100&sort=asc&order_by=created_at"):
            yield {**note, "user": {"login": note["author"]["username"]}}

    def create(self, body: str) -> None:
        self._send("POST", self._notes, {"body": body}, tries=1)

    def update(self, number: int, body: str) -> None:
        self._send("PUT", f"{self._notes}/{number}", {"body": body})

    def login(self) -> str:
        """The token's user; no other note is ours."""
        body, _ = self._send("GET", f"{self._root}/user")
        return str(body["username"])

    def head(self) -> None:
        """A newer push stops the pipeline of an older one; nothing more is asked."""

    def run_link(self, environment: Mapping[str, str]) -> str:
        return f"[pipeline {environment['CI_PIPELINE_IID']}]({environment['CI_PIPELINE_URL']})"


def main() -> NoReturn:
    """Write the note, and fail with a sentence where that cannot be done."""
    environment = {
        **os.environ,
        "HEAD_SHA": os.environ.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA")
        or os.environ["CI_COMMIT_SHA"],
    }
    if not environment.get("CCLOUD_COMMENT_TOKEN"):
        sys.exit("error: CCLOUD_COMMENT_TOKEN is not set, with which a note is written")
    try:
        comment.comment(environment, Notes(environment))
    except comment.NoComment as error:
        sys.exit(f"error: the merge request has no note of this pipeline: {error}")
    sys.exit(0)


if __name__ == "__main__":
    main()
