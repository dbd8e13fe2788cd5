"""Bodies that came packed: unpacked, or refused."""

import gzip
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.api.http import unpack as module
from ccloud_apply.api.http.unpack import BadlyPacked, TooLarge, unpack


@given(st.binary(max_size=500))
def test_a_packed_body_is_unpacked(body: bytes) -> None:
    assert unpack(gzip.compress(body), "gzip") == body
    assert unpack(zlib.compress(body), "Deflate") == body
    assert unpack(zlib.compress(body, wbits=-zlib.MAX_WBITS), "deflate") == body
    assert unpack(gzip.compress(zlib.compress(body)), "deflate, gzip") == body
    assert unpack(body, "identity") == body
    assert unpack(body, "br") == body


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
def test_a_packed_body_that_is_cut_or_too_large_is_none(
    pack: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    coding = "gzip" if pack is gzip.compress else "deflate"
    packed = pack(b"x" * 1000)
    with pytest.raises(BadlyPacked):
        unpack(packed[:-9], coding)
    with pytest.raises(BadlyPacked):
        unpack(b'{"state": "Off"}', coding)
    monkeypatch.setattr(module, "MAX_BODY_BYTES", 999)
    with pytest.raises(TooLarge):
        unpack(packed, coding)
    assert unpack(b"", coding) == b""


def test_a_body_that_is_packed_many_times_over_is_refused_as_it_came() -> None:
    body = b"[]"
    for _ in range(4):
        body = gzip.compress(body)
    with pytest.raises(BadlyPacked, match="compressed 4 times over"):
        unpack(body, "gzip, gzip, gzip, gzip")
