"""Several environments, made as docs/guides/ci-github.md says."""

import re
import subprocess

import pytest

from tests.conftest import ROOT
from tests.pipelines.conftest import READ, WRITE
from tests.support.github_runner.host import Host, event, pull_request, push
from tests.support.github_runner.workflow import run_workflow
from tests.support.stacks import WEB

PAGE = (ROOT / "docs" / "guides" / "ci-github.md").read_text()
PROJECT = """\
project: shop
environments:
  staging: {variables: {size: 1}}
  prod: {variables: {size: 4}}
"""
PLAN = ".github/workflows/ccloud-plan.yml"


def block(name: str) -> str:
    """The block of the page behind this comment."""
    found = re.search(rf"<!-- {name} -->\n```\w+\n(.*?)```\n", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def two(host: Host) -> Host:
    """A repository with two environments."""
    subprocess.run(["sh", "-eu", "-c", block("copies")], cwd=host.origin, check=True)
    plan = host.origin / PLAN
    text = plan.read_text().replace("    environment: ccloud-read\n", block("matrix"))
    stack = WEB.replace("stack: web", 'stack: "web-${env}"').replace("count: 3", "count: 1")
    host.commit({PLAN: text, "ccloud-apply.yaml": PROJECT, "stacks/web.yaml": stack})
    pairs = {"read-staging": READ, "read-prod": READ, "staging": WRITE, "prod": WRITE}
    host.secrets = {f"ccloud-{name}": secrets for name, secrets in pairs.items()}
    return host


def test_a_pull_request_has_a_comment_for_each_environment(two: Host) -> None:
    two.git("checkout", "--quiet", "-b", "change")
    two.commit({"env/none.yaml": "{}\n"})
    for _ in range(2):
        ran = run_workflow(two, "ccloud-plan", pull_request(two, "change"))
        assert ran is not None
        assert set(ran.results.values()) == {"success"}, ran.log
    staging, prod = two.api.bodies()
    assert staging.startswith("<!-- ccloud-apply:pull-request staging -->")
    assert prod.startswith("<!-- ccloud-apply:pull-request prod -->")
    two.commit({"env/none.yaml": None})
    ran = run_workflow(two, "ccloud-plan", pull_request(two, "change"))
    assert ran is not None
    assert ran.results["result"] == "success"
    assert all("### ccloud-apply plan: none" in body for body in two.api.bodies())


def test_each_environment_is_applied_and_compared_by_itself(two: Host) -> None:
    before = two.git("rev-parse", "main")
    two.commit({"env/none.yaml": "{}\n"})
    start = push(two, before=before)
    groups = []
    for env in ("staging", "prod"):
        ran = run_workflow(two, f"ccloud-apply-{env}", start)
        assert ran is not None
        assert ran.results == {"plan": "success", "apply": "success"}, ran.log
        assert f"web-{env}" in ran.jobs["plan"].summary
        groups += ran.groups
        night = run_workflow(two, f"ccloud-drift-{env}", event(two, "schedule"))
        assert night is not None
        assert night.results == {"drift": "success"}, night.log
        groups += night.groups
    assert len(groups) == len(set(groups)) == 4
    kept = [key for key in two.caches if key.startswith("ccloud-drift/")]
    assert [key.split("/")[1] for key in kept] == ["staging", "prod"]
    assert not (two.origin / ".github/workflows/ccloud-apply.yml").exists()
