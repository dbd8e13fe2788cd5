"""The release's workflow: what has to come first, what each job may do, and what its scripts do.

The scripts run as they stand, with stand-ins for docker and gh. What GitHub does is not tried.
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from shutil import which
from typing import Any

import pytest
import yaml

from release.__main__ import make_parser
from tests.conftest import ROOT
from tests.support.docs.pages import first_codes, page, section

RELEASE = ROOT / ".github" / "workflows" / "release.yml"


def load_jobs() -> Any:
    return yaml.load(RELEASE.read_text(encoding="utf-8"), yaml.BaseLoader)["jobs"]


def needed(jobs: Any, name: str) -> set[str]:
    """The jobs that have to succeed before this one starts."""
    direct = jobs[name].get("needs", [])
    direct = {direct} if isinstance(direct, str) else set(direct)
    return direct.union(*(needed(jobs, one) for one in direct))


def test_nothing_is_public_before_it_is_checked_tested_built_and_attested() -> None:
    jobs = load_jobs()
    assert needed(jobs, "publish") == {"check", "tests", "build", "attest"}
    for public in ("published", "image", "images", "page", "docs"):
        assert "publish" in needed(jobs, public)
    assert needed(jobs, "docs") == jobs.keys() - {"rehearse", "docs"}


def test_a_job_that_signs_or_publishes_packages_runs_no_code_of_the_repository() -> None:
    jobs = load_jobs()
    may = {name for name, job in jobs.items() if "write" in job["permissions"].values()}
    assert may == {"attest", "publish", "image", "images", "page", "docs"}
    for name in may - {"image", "docs"}:
        assert "checkout" not in str(jobs[name]["steps"])
        assert "release-files/packages" in str(jobs[name]["steps"]) or name == "images"
    assert "id-token" not in jobs["image"]["permissions"]


def test_what_is_published_was_built_once() -> None:
    jobs = load_jobs()
    builds = [name for name, job in jobs.items() if "release assemble" in str(job)]
    assert builds == ["build"]
    assert "cache" not in RELEASE.read_text(encoding="utf-8").replace("No cache", "")


def test_the_workflow_calls_the_commands_of_a_release_as_they_are() -> None:
    text = RELEASE.read_text(encoding="utf-8").replace('"$GITHUB_REF_NAME"', "v1.2.3")
    calls = re.findall(r"-m release (.+)", text)
    assert [call.split()[0] for call in calls] == ["rehearse", "check", "assemble", "compare"]
    for call in calls:
        make_parser().parse_args(call.split())


def test_the_page_about_releases_lists_every_command() -> None:
    listed = first_codes(section(page("docs/releasing.md"), "Make a release"))
    told = re.findall(r"^    (\w+) +\S", make_parser().format_help(), re.MULTILINE)
    assert sorted(words.split()[0] for words in listed) == sorted(told)


def test_the_checks_of_a_release_need_python_alone() -> None:
    ended = subprocess.run(
        [sys.executable, "-S", "-m", "release", "cut", "--help"], cwd=ROOT, capture_output=True
    )
    assert ended.returncode == 0, ended.stderr


def step_of(job: str, **wanted: str) -> str:
    """The script of the one step of a job of the release that has this id or name."""
    (step,) = (
        step
        for step in load_jobs()[job]["steps"]
        if all(step.get(key) == value for key, value in wanted.items())
    )
    script: str = step["run"]
    return script


class Runner:
    """Runs scripts as a runner does, with stand-ins that note how they are called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "bin").mkdir()
        for name in ("docker", "gh"):
            stand_in = folder / "bin" / name
            stand_in.write_text(
                f'#!/bin/sh\necho "{name} $*" >>{folder}/calls\n'
                'case $* in *inspect*) echo sha256:1234 ;; *--version) echo "ccloud-apply $SAID" ;;'
                " esac\n",
                encoding="utf-8",
            )
            stand_in.chmod(0o755)
        (folder / ".ci").mkdir()
        tries = folder / ".ci" / "container"
        tries.write_text(f"#!/bin/sh\ntest -f dist/*.whl && echo container try >>{folder}/calls\n")
        tries.chmod(0o755)
        packages = folder / "release-files" / "packages"
        packages.mkdir(parents=True)
        (packages / "ccloud_apply-1.2.3-py3-none-any.whl").touch()
        (folder / "release-files" / "release-notes.md").write_text("- News.\n", encoding="utf-8")

    def run(self, script: str, **environment: str) -> int:
        bash = which("bash")
        assert bash
        return subprocess.run(
            [bash, "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=self.folder,
            env={
                "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
                "GITHUB_OUTPUT": str(self.folder / "outputs"),
                "GITHUB_REPOSITORY": "Owner/Name",
                "GITHUB_SERVER_URL": "https://host.example",
                "GITHUB_SHA": "abcd",
                **environment,
            },
            check=False,
        ).returncode

    @property
    def calls(self) -> list[str]:
        return (self.folder / "calls").read_text(encoding="utf-8").splitlines()

    @property
    def outputs(self) -> dict[str, str]:
        lines = (self.folder / "outputs").read_text(encoding="utf-8").splitlines()
        return dict(line.split("=", 1) for line in lines)


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


@pytest.mark.parametrize(
    ("tag", "outputs"),
    [
        ("v1.2.3", {"version": "1.2.3", "is-final": "true"}),
        ("v1.2.3rc1", {"version": "1.2.3rc1", "is-final": "false"}),
    ],
)
def test_a_tag_gives_its_version_and_whether_it_is_final(
    runner: Runner, tag: str, outputs: dict[str, str]
) -> None:
    assert runner.run(step_of("check", id="version"), GITHUB_REF_NAME=tag) == 0
    assert runner.outputs == outputs


def test_an_image_is_pushed_once_it_has_told_its_version(runner: Runner) -> None:
    script = step_of("image", name="Build, try and push")
    assert runner.run(script, VERSION="1.2.3", PLATFORM="arm64", SAID="1.2.3") == 0
    assert [call.split()[1] for call in runner.calls] == ["try", "run", "tag", "push"]
    assert runner.calls[-1] == "docker push ghcr.io/owner/name:1.2.3-arm64"


def test_an_image_that_fails_a_try_is_not_pushed(runner: Runner) -> None:
    (runner.folder / ".ci" / "container").write_text("#!/bin/sh\nexit 1\n")
    script = step_of("image", name="Build, try and push")
    assert runner.run(script, VERSION="1.2.3", PLATFORM="amd64", SAID="1.2.3") == 1
    assert not (runner.folder / "calls").exists()


def test_an_image_that_tells_another_version_is_not_pushed(runner: Runner) -> None:
    script = step_of("image", name="Build, try and push")
    assert runner.run(script, VERSION="1.2.3", PLATFORM="amd64", SAID="1.2.30") == 1
    assert [call.split()[1] for call in runner.calls] == ["try", "run"]


@pytest.mark.parametrize(
    ("version", "is_final", "tags"),
    [("1.2.3", "true", ["1.2.3", "1.2", "latest"]), ("1.2.3rc1", "false", ["1.2.3rc1"])],
)
def test_the_platforms_become_one_image_and_a_candidate_is_never_the_latest(
    runner: Runner, version: str, is_final: str, tags: list[str]
) -> None:
    assert runner.run(step_of("images", id="push"), VERSION=version, IS_FINAL=is_final) == 0
    name = "ghcr.io/owner/name"
    wanted = " ".join(f"--tag {name}:{tag}" for tag in tags)
    assert runner.calls[0] == (
        f"docker buildx imagetools create {wanted} {name}:{version}-amd64 {name}:{version}-arm64"
    )
    assert runner.outputs == {"name": name, "digest": "sha256:1234"}


@pytest.mark.parametrize(("is_final", "options"), [("true", []), ("false", ["--prerelease"])])
def test_the_page_of_a_release_has_its_notes_and_all_its_files(
    runner: Runner, is_final: str, options: list[str]
) -> None:
    (runner.folder / "attestations").mkdir()
    (runner.folder / "attestations" / "sbom.sigstore.json").touch()
    script = step_of("page", name="Show it")
    given = {"GITHUB_REF_NAME": "v1.2.3", "VERSION": "1.2.3", "IS_FINAL": is_final}
    assert runner.run(script, IMAGE="ghcr.io/owner/name@sha256:1234", **given) == 0
    (call,) = runner.calls
    words = call.split()
    assert words[:4] == ["gh", "release", "create", "v1.2.3"]
    assert [word for word in words if word == "--prerelease"] == options
    assert words[-4:] == [
        "release-files/packages/ccloud_apply-1.2.3-py3-none-any.whl",
        "release-files/ccloud-apply.cdx.json",
        "release-files/SHA256SUMS",
        "attestations/sbom.sigstore.json",
    ]
    notes = (runner.folder / "release-files" / "release-notes.md").read_text(encoding="utf-8")
    assert notes == "- News.\n\nImage: ghcr.io/owner/name@sha256:1234\n"
