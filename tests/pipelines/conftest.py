"""A repository with our pipeline at a host that is played, and the embedded API behind it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ccloud_apply.workflows.new.pipeline import Pipeline, build_pipeline
from tests.support.github_runner.host import Host
from tests.support.github_runner.machine import OUR_COMMIT
from tests.support.github_runner.stub_api import Api, serve_api
from tests.support.stacks import WEB

READ = {"CCLOUD_READ_CLIENT_ID": "client", "CCLOUD_READ_CLIENT_SECRET": "the-read-secret"}
WRITE = {"CCLOUD_CLIENT_ID": "client", "CCLOUD_CLIENT_SECRET": "the-client-secret"}


@pytest.fixture
def comments() -> Iterator[Api]:
    """The API of the host."""
    with serve_api() as api:
        yield api


@pytest.fixture
def make_host(tmp_path: Path, comments: Api, http_env: dict[str, str]) -> Callable[..., Host]:
    """Makes a repository whose `main` has the pipeline and one stack."""

    def make(stacks: str = "stacks", watched: tuple[str, ...] = ()) -> Host:
        origin = tmp_path / "origin"
        origin.mkdir()
        host = Host(
            origin=origin,
            work=tmp_path / "work",
            api=comments,
            secrets={"ccloud-read": READ, "ccloud-production": WRITE, "ccloud-nightly": WRITE},
            environment={
                name: value
                for name, value in http_env.items()
                if not name.startswith("CCLOUD_CLIENT")
            },
        )
        host.work.mkdir()
        host.git("init", "--quiet", "--initial-branch", "main")
        host.git("config", "uploadpack.allowAnySHA1InWant", "true")
        pipeline = Pipeline(
            host="github",
            source="https://github.com/acme/ccloud-apply",
            version="1.2.3",
            commit=OUR_COMMIT,
            stacks=stacks,
            watched=watched,
            is_nightly=True,
        )
        host.commit({**build_pipeline(pipeline), f"{stacks}/web.yaml": WEB, "README.md": "Ours.\n"})
        return host

    return make


@pytest.fixture
def host(make_host: Callable[..., Host]) -> Host:
    """The repository."""
    return make_host()
