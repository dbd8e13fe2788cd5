"""A stream of the fleet's pages by itself, without HTTP."""

import asyncio
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import StreamingResponse

from ccloud_apply.fleet.web.live import Pace, Streams
from ccloud_apply.fleet.web.pages.frame import Part


def test_the_first_line_follows_the_first_look() -> None:
    looks = 0

    async def read() -> Sequence[Part]:
        nonlocal looks
        await asyncio.sleep(0)
        looks += 1
        return ()

    async def first_line() -> object:
        scope = {"type": "http", "method": "GET", "headers": [], "query_string": b""}
        answer = Streams(pace=Pace()).answer(Request(scope), read)
        assert isinstance(answer, StreamingResponse)
        return await anext(aiter(answer.body_iterator))

    assert asyncio.run(first_line()) == "retry: 2000\n\n"
    assert looks == 1
