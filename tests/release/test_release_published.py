"""An index that has something else than was built is found out. A stub of one answers (PEP 691)."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import release.__main__ as command
from release.problems import ReleaseError
from release.published import expect_published
from tests.support.loopback import JsonHandler, serve

WHEEL, SOURCE = "ccloud_apply-1.0.0-py3-none-any.whl", "ccloud_apply-1.0.0.tar.gz"


def listing(**digests: str) -> dict[str, Any]:
    return {
        "meta": {"api-version": "1.0"},
        "name": "ccloud-apply",
        "files": [
            {"filename": name, "url": f"https://files.example/{name}", "hashes": {"sha256": digest}}
            for name, digest in digests.items()
        ],
    }


@contextmanager
def index(*answers: dict[str, Any] | None) -> Iterator[str]:
    """The address of an index that gives one answer after another, the last one ever again."""
    left = list(answers)

    class Index(JsonHandler):
        def do_GET(self) -> None:  # noqa: N802 - the library's name
            answer = left.pop(0) if len(left) > 1 else left[0]
            asked_well = self.path == "/simple/ccloud-apply/" and self.headers["Accept"] == (
                "application/vnd.pypi.simple.v1+json"
            )
            self.answer(404 if answer is None or not asked_well else 200, answer)

    with serve(Index) as address:
        yield f"{address}/simple/"


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    (tmp_path / WHEEL).write_bytes(b"a wheel")
    (tmp_path / SOURCE).write_bytes(b"its source")
    return tmp_path


def never(seconds: float) -> None:
    pytest.fail(f"waited {seconds} s")


def digests(packages: Path) -> dict[str, str]:
    files = packages.iterdir()
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def test_what_was_built_is_what_the_index_has(
    packages: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    older = {"ccloud_apply-0.9.0.tar.gz": "00"}
    with index(listing(**older, **digests(packages))) as address:
        assert command.main(["compare", str(packages), "--index", address]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{WHEEL} is the file that was built",
        f"{SOURCE} is the file that was built",
    ]


def test_a_version_that_shows_late_is_waited_for(packages: Path) -> None:
    ours = digests(packages)
    pauses: list[float] = []
    with index(None, listing(), listing(**{WHEEL: ours[WHEEL]}), listing(**ours)) as address:
        assert expect_published(packages, address, attempts=4, sleep=pauses.append) == (
            WHEEL,
            SOURCE,
        )
    assert len(pauses) == 3


def test_another_file_by_the_same_name_is_an_error_at_once(packages: Path) -> None:
    with (
        index(listing(**{**digests(packages), WHEEL: "00"})) as address,
        pytest.raises(ReleaseError, match=f"{WHEEL} on .* differs from the file"),
    ):
        expect_published(packages, address, attempts=9, sleep=never)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (None, "cannot be read: HTTP Error 404"),
        (listing(), f"does not have {WHEEL}, {SOURCE}"),
        ({"files": [{"filename": WHEEL}]}, "cannot be read"),
    ],
    ids=["no-project", "no-files", "no-digests"],
)
def test_what_never_shows_is_told_after_the_last_attempt(
    packages: Path, answer: dict[str, Any] | None, reason: str
) -> None:
    with index(answer) as address, pytest.raises(ReleaseError, match=reason) as caught:
        expect_published(packages, address, attempts=2, sleep=lambda _: None)
    assert str(caught.value).endswith("after 2 attempts")


def test_a_folder_without_files_proves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="no files to compare"):
        expect_published(tmp_path, "http://127.0.0.1:1/simple", attempts=1)


def test_a_folder_that_does_not_exist_is_told_before_the_index_is_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["compare", str(tmp_path / "absent"), "--index", "http://127.0.0.1:9"]) == 1
    assert "absent is not a folder" in capsys.readouterr().err
