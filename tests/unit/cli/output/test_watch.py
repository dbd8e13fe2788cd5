"""An inventory that is drawn again and again: what stays on the terminal, and what it survives."""

import asyncio
import io
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest

from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.output.watch import PAUSE_S, watch
from ccloud_apply.errors import ApiError
from ccloud_apply.model.results.inventory import Inventory
from tests.support.render.inventories import WEB_2, full_inventory
from tests.support.virtual_time import VirtualClock, run_virtually

LONG_LINES_WRAP = "\x1b[?7h"


def refusal(text: str) -> ApiError:
    return ApiError(text, operation="list_servers", method="GET", path="/ccloud/servers")


def drawn(*looks: Inventory | ApiError) -> list[str]:
    """The pictures that these looks make; the watching is ended after the last."""
    stdout = io.StringIO()
    terminal = Terminal(stdout=stdout, stderr=io.StringIO(), environment={"TERM": "xterm"})
    todo: Iterator[Inventory | ApiError] = iter(looks)

    async def look() -> Inventory:
        found = next(todo)
        if isinstance(found, ApiError):
            raise found
        return found

    async def main() -> None:
        async with asyncio.timeout(PAUSE_S * (len(looks) - 1) + 1):
            await watch(terminal, look, VirtualClock())

    with suppress(TimeoutError):
        run_virtually(main())
    text = stdout.getvalue()
    assert text.endswith(LONG_LINES_WRAP) or not text
    return text.split("\x1b[H")[1:]


def test_each_look_is_drawn_over_the_last() -> None:
    first = full_inventory()
    one, two = drawn(first, replace(first, servers=(WEB_2,)))
    assert "6 servers" in one
    assert "1 server:" in two
    assert "Ctrl-C ends it. 1 warning: leave --watch out to read them." in two


def test_a_look_that_fails_later_leaves_the_picture_and_says_so() -> None:
    one, two, three = drawn(full_inventory(), refusal("no\nanswer"), full_inventory())
    assert "could not be read again: no\\nanswer" in two
    assert "6 servers" in two
    assert "could not be read again" not in three
    assert one == three.removesuffix(LONG_LINES_WRAP)


def test_a_first_look_that_fails_is_an_error_and_draws_nothing() -> None:
    with pytest.raises(ApiError, match="refused"):
        drawn(refusal("refused"))


def test_a_picture_that_is_too_long_is_cut_and_keeps_its_last_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LINES", "10")
    monkeypatch.setenv("COLUMNS", "80")
    many = replace(full_inventory(), servers=(WEB_2,) * 100)
    (picture,) = drawn(many)
    lines = picture.split("\n")
    assert len(lines) <= 10
    assert any("more lines" in line for line in lines)
    assert any("100 servers" in line for line in lines)
