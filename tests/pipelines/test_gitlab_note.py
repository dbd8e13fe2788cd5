"""The note on a merge request, against a stub of GitLab's API."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.pipelines.test_gitlab_jobs import head
from tests.support.certificates import make_certificate, serve_tls
from tests.support.gitlab.component import Component
from tests.support.gitlab.event import Event, merge_request
from tests.support.gitlab.notes_api import NotesApi, serve_notes
from tests.support.gitlab.pipeline import Variable, create_pipeline
from tests.support.gitlab.runner import Ended, Runner
from tests.support.repository import Repository
from tests.support.stacks import WEB

COMPONENT = Component.read(ROOT / "templates/ccloud-apply/template.yml")
STACK = "stacks/web.yaml"
MARK = "<!-- ccloud-apply:pull-request ccloud -->"


@pytest.fixture
def api() -> Iterator[NotesApi]:
    with serve_notes() as found:
        yield found


class Host:
    """A project at GitLab with one merge request, whose pipelines are run."""

    def __init__(self, folder: Path, environment: dict[str, str], api: NotesApi) -> None:
        (folder / "repository").mkdir()
        (folder / "runner").mkdir()
        self.repository = Repository(folder / "repository")
        self.repository.commit(WEB)
        self.runner = Runner(folder / "repository", folder / "runner", environment)
        self.api = api
        self.token = "the-token"
        self.authority = ""
        self.base = head(self.repository)

    def run(self, name: str, *changed: str, prefix: str = "ccloud") -> Ended:
        event = self.event(*changed)
        settings = (
            Variable("CCLOUD_COMMENT_TOKEN", self.token, scope="ccloud-read"),
            Variable("CCLOUD_SETTLE", "0"),
        )
        config = COMPONENT.include("a" * 40, note=True, prefix=prefix, install="image")
        job = create_pipeline(config, event, settings)[f"{prefix}-{name}"]
        return self.runner.run(job, event)

    def event(self, *changed: str) -> Event:
        return merge_request(
            *changed,
            CI_API_V4_URL=f"{self.api.address}/api/v4",
            CI_COMMIT_SHA=head(self.repository),
            CI_PIPELINE_IID="12",
            CI_PIPELINE_URL="https://gitlab.example.com/our/repo/-/pipelines/9001",
            CI_REPOSITORY_URL=str(self.repository.folder),
            CI_MERGE_REQUEST_DIFF_BASE_SHA=self.base,
            CI_SERVER_TLS_CA_FILE=self.authority,
            COMMENT_WAIT_S="0",
        )


@pytest.fixture
def host(tmp_path: Path, http_env: dict[str, str], api: NotesApi) -> Host:
    return Host(tmp_path, http_env, api)


def test_one_note_shows_the_plan_and_each_later_one_also_where_it_fails(
    host: Host, api: NotesApi
) -> None:
    planned = host.run("plan", STACK)
    assert planned.code == 0, planned.log
    (body,) = api.bodies()
    assert body.startswith(f"{MARK}\n")
    assert "3 to create" in body
    link = "[pipeline 12](https://gitlab.example.com/our/repo/-/pipelines/9001)"
    assert f"<sub>Commit {head(host.repository)[:10]} · {link} · " in body

    host.repository.commit("stack: web\nservers: {web: {cores: many}}\n")
    host.base = head(host.repository)
    assert host.run("plan", STACK).code == 1
    (body,) = api.bodies()
    assert "### ccloud-apply plan: failed (exit code 1)" in body
    assert "stacks/web.yaml:2:" in body
    assert "3 to create" not in body


def test_a_note_says_that_the_branch_lacks_newer_commits(host: Host, api: NotesApi) -> None:
    host.base = "0" * 40
    assert host.run("plan", STACK).code == 0
    (body,) = api.bodies()
    assert "> **Warning:** main has newer commits, which this plan undoes" in body


def test_the_note_is_withdrawn_once_no_stack_is_changed(host: Host, api: NotesApi) -> None:
    assert host.run("withdraw", "README.md").code == 0
    assert api.bodies() == []  # there was none
    assert host.run("plan", STACK).code == 0
    assert host.run("plan", STACK, prefix="prod").code == 0
    assert host.run("withdraw", "README.md").code == 0
    mine, other = api.bodies()
    assert mine.startswith(f"{MARK}\n### ccloud-apply plan: none")
    assert "3 to create" in other


def test_a_note_is_found_behind_others_where_a_proxy_gives_the_host_another_name(
    host: Host, api: NotesApi
) -> None:
    api.page, api.own_name = 2, "http://gitlab.internal.example:8080"
    for count in range(5):
        api.add(f"thoughts {count}", "alice")
    assert host.run("plan", STACK).code == 0
    assert host.run("plan", STACK).code == 0
    assert len(api.bodies()) == 6


def test_a_note_goes_to_a_gitlab_whose_authority_the_runner_alone_knows(
    tmp_path: Path, http_env: dict[str, str]
) -> None:
    authority = make_certificate(tmp_path)
    with serve_notes(serve_tls(authority)) as api:
        host = Host(tmp_path, http_env, api)
        assert host.run("plan", STACK).code == 1
        host.authority = str(authority)
        planned = host.run("plan", STACK)
        assert (planned.code, len(api.bodies())) == (0, 1), planned.log


def test_a_note_of_somebody_else_is_never_written_over(host: Host, api: NotesApi) -> None:
    api.page = 2
    for count in range(5):
        api.add(f"{MARK}\nmine {count}", "mallory")
    assert host.run("plan", STACK).code == 0
    assert host.run("plan", STACK).code == 0
    assert len(api.bodies()) == 6
    assert api.bodies()[:5] == [f"{MARK}\nmine {count}" for count in range(5)]


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("", "CCLOUD_COMMENT_TOKEN is not set"),
        ("wrong", "the API of the host answers 401 to GET; CCLOUD_COMMENT_TOKEN needs"),
        ("guest", "answers 403 to POST; CCLOUD_COMMENT_TOKEN needs the role Reporter"),
    ],
)
def test_a_token_that_may_not_write_fails_the_job_with_a_sentence(
    host: Host, api: NotesApi, token: str, words: str
) -> None:
    api.tokens["guest"] = "somebody"
    host.token = token
    ended = host.run("plan", STACK)
    assert ended.code == 1
    assert words in ended.log
    assert "Traceback" not in ended.log
    assert token == "" or f"{token}\n" not in ended.log
    assert ended.read("ccloud-report.json")  # the plan is there all the same


@pytest.mark.parametrize(
    ("event", "is_there"),
    [
        (merge_request("README.md"), True),
        (merge_request(STACK), False),
        (merge_request("README.md", kind="merge_train"), False),
        (merge_request("README.md", source="2"), False),
    ],
)
def test_a_note_is_withdrawn_by_merge_requests_of_the_project_alone(
    event: Event, is_there: bool
) -> None:
    config = COMPONENT.include("a" * 40, note=True)
    assert ("ccloud-withdraw" in create_pipeline(config, event)) == is_there
    assert "ccloud-withdraw" not in create_pipeline(COMPONENT.include("a" * 40), event)
