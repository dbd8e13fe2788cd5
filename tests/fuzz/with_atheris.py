"""Fuzzing with atheris (libFuzzer): inputs that reach new code are kept and edited further.

Modules are watched from their import on, so this one imports the targets itself.
"""

import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any

from tests.fuzz.children import Tell
from tests.fuzz.edits import apply_edits, random_edits
from tests.fuzz.target import MAX_BYTES, Target
from tests.fuzz.trial import Outcome, explain, keep, try_input

_WATCHED = ("ccloud_apply",)
_LIBFUZZERS_OWN = 0.4
"""The share of libFuzzer's own mutations; all others are our edits."""
_TOLD_EVERY = 50
_WALL_S = 300
"""libFuzzer counts time by the wall; `try_input` stops what takes processor time long before."""


def is_installed() -> bool:
    """True where atheris can be imported."""
    return find_spec("atheris") is not None


def load_watched() -> None:
    """Import the targets so that the code they reach is seen. Takes seconds, once a process."""
    atheris: Any = import_module("atheris")
    with (
        Path(os.devnull).open("w", encoding="utf-8") as nowhere,
        redirect_stderr(nowhere),
        redirect_stdout(nowhere),
        atheris.instrument_imports(include=list(_WATCHED)),
    ):
        import_module("tests.fuzz.targets.registry")


def fuzz(
    target: Target, seconds: float, start: int, crashes: Path, corpus: Path, tell: Tell
) -> None:
    """Try inputs for these seconds. libFuzzer ends its process, so this needs one of its own.

    `corpus` keeps what reached new code, for the next run, and libFuzzer's log.
    """
    atheris: Any = import_module("atheris")
    place = corpus / target.name
    for folder in (place, crashes):
        folder.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate((*target.kept(), *target.seeds)):
        (place / f"seed-{number}").write_bytes(data)
    _send_output_to(corpus / f"{target.name}.log")
    tried = 0

    def check(data: bytes) -> None:
        nonlocal tried
        tried += 1
        try:
            try_input(target, data)
        except Exception as error:
            path = keep(crashes, target, data)
            tell(Outcome(target=target.name, tried=tried, failure=explain(error), kept_in=path))
            os._exit(0)
        if tried % _TOLD_EVERY == 0:
            tell(Outcome(target=target.name, tried=tried))

    def mutate(data: bytes, most: int, number: int) -> bytes:
        random = Random(number)
        if random.random() < _LIBFUZZERS_OWN:
            return bytes(atheris.Mutate(data, most))
        return apply_edits(data, random_edits(random), target.words)[:most]

    atheris.Setup(
        [
            "fuzz",
            str(place),
            f"-max_total_time={max(1, round(seconds))}",
            f"-seed={start % 2**31 or 1}",
            f"-artifact_prefix={crashes / target.name}-",
            f"-timeout={_WALL_S}",
            "-rss_limit_mb=3000",
            f"-max_len={MAX_BYTES}",
        ],
        check,
        custom_mutator=mutate,
    )
    tell(Outcome(target=target.name, tried=0))
    atheris.Fuzz()


def _send_output_to(log: Path) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
