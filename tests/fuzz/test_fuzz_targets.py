"""Every target of the fuzzing holds for its seeds and for what once broke it; both engines find a
fault that is there, and keep the input that shows it."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fuzz import trial, with_atheris, with_hypothesis
from tests.fuzz.__main__ import main
from tests.fuzz.children import Tell, run
from tests.fuzz.edits import WORDS, Edit, apply_edits
from tests.fuzz.target import CORPUS, MAX_BYTES, Target
from tests.fuzz.targets.registry import TARGETS
from tests.fuzz.targets.web import close_page
from tests.fuzz.trial import Outcome, TooSlowError, cpu_limit, hang_limit, try_input


@pytest.fixture(autouse=True)
def _no_page_stays_open() -> Iterator[None]:
    yield
    close_page()


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_the_law_holds_for_every_seed_and_for_all_that_once_broke_it(target: Target) -> None:
    assert target.seeds
    for data in (*target.kept(), *target.seeds):
        try_input(target, data)


def test_what_was_kept_belongs_to_a_target() -> None:
    assert {place.name for place in CORPUS.iterdir()} <= set(TARGETS)


def _trip(data: bytes) -> None:
    assert b"&a " not in data, "the planted fault"


PLANTED = Target(name="planted", check=_trip, seeds=(b"stack: web\n",))


def check_found(outcome: Outcome) -> bytes:
    assert "the planted fault" in outcome.failure
    data = Path(outcome.kept_in).read_bytes()
    with pytest.raises(AssertionError, match="the planted fault"):
        try_input(PLANTED, data)
    return data


def test_hypothesis_finds_a_planted_fault_and_keeps_the_smallest_input(tmp_path: Path) -> None:
    outcome = with_hypothesis.fuzz(PLANTED, 60, 1, tmp_path)
    assert len(check_found(outcome)) <= len(b"stack: web\n&a ")
    again = with_hypothesis.fuzz(PLANTED, 60, 1, tmp_path)
    assert again.tried == outcome.tried


@pytest.mark.skipif(not with_atheris.is_installed(), reason="atheris is not installed")
def test_atheris_finds_a_planted_fault(tmp_path: Path) -> None:
    def work(target: Target, tell: Tell) -> None:
        with_atheris.fuzz(target, 60, 1, tmp_path / "crashes", tmp_path / "corpus", tell)

    (outcome,) = run([PLANTED], work, jobs=1, folder=tmp_path)
    check_found(outcome)


def test_a_process_that_ends_without_a_word_is_a_failure(tmp_path: Path) -> None:
    targets = [Target(name=name, check=_trip, seeds=(b"x",)) for name in ("a", "b", "c")]

    def work(target: Target, tell: Tell) -> None:
        if target.name == "b":
            os._exit(7)
        tell(Outcome(target=target.name, tried=3))

    found = {outcome.target: outcome for outcome in run(targets, work, jobs=2, folder=tmp_path)}
    assert {name: outcome.tried for name, outcome in found.items()} == {"a": 3, "b": 0, "c": 3}
    assert found["b"].failure == "its process ended with 7"


def test_a_target_without_a_fault_passes(tmp_path: Path) -> None:
    fine = Target(name="fine", check=lambda data: None, seeds=(b"x",))
    outcome = with_hypothesis.fuzz(fine, 0.01, 1, tmp_path)
    assert (outcome.failure, outcome.kept_in) == ("", "")
    assert outcome.tried > 0
    assert list(tmp_path.iterdir()) == []


def test_an_input_for_which_a_reader_never_ends_is_a_fault() -> None:
    def never_ends(data: bytes) -> None:
        while True:
            pass

    with pytest.raises(TooSlowError, match="processor time"), cpu_limit(0.05):
        never_ends(b"")


def test_an_input_that_waits_without_end_breaks_every_law() -> None:
    with pytest.raises(TooSlowError, match="not at its end"), hang_limit(0.05):
        time.sleep(60)


def test_an_input_is_held_by_both_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "HANG_LIMIT_S", 0.05)
    waits = Target(name="waits", check=lambda data: time.sleep(60), seeds=(b"x",))
    with pytest.raises(TooSlowError, match="not at its end"):
        try_input(waits, b"")


def test_one_input_is_tried_again_by_its_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "input").write_bytes(b"stack: web\n")
    assert main(["--again", "stack", str(tmp_path / "input")]) == 0
    assert "stack: " in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["stak", "--seconds", "1"], ["--again", "stak", "input"]])
def test_a_target_that_does_not_exist_is_told_with_those_that_do(arguments: list[str]) -> None:
    with pytest.raises(SystemExit, match=r"there is no target stak: name some of .*stack"):
        main(arguments)


@pytest.mark.parametrize("kind", range(16))
@pytest.mark.parametrize("data", [b"", b"a", b"a: 1\nb: 2\n", b'{"a": [1, {"b": null}]}', b"[]"])
def test_any_edit_of_any_input_is_an_input(kind: int, data: bytes) -> None:
    for at, span, choice in ((0, 0, 0), (999, 999, 996), (500, 3, 41)):
        edited = apply_edits(data, [Edit(kind, at, span, choice)], WORDS)
        assert len(edited) <= MAX_BYTES
