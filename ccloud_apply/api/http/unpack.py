"""Bodies that came packed (`Content-Encoding`). Pure, and bounded: a few bytes may be gigabytes."""

import zlib

from ccloud_apply.api.http.door import MAX_BODY_BYTES

_MOST_LAYERS = 3
"""Codings of one answer: each of them may be unpacked up to the largest body that is taken."""


class BadlyPacked(Exception):
    """The body is not packed as its header says, or its end is missing."""


class TooLarge(Exception):
    """The body is larger than any that this API sends."""


def unpack(body: bytes, coding: str) -> bytes:
    """The body without its content encodings; one that is not known stays.

    Raises BadlyPacked and TooLarge.
    """
    names = [word.strip().lower() for word in coding.split(",")]
    if len(names) > _MOST_LAYERS:
        raise BadlyPacked(f"the answer is compressed {len(names)} times over")
    for name in reversed(names):
        if name in ("gzip", "x-gzip"):
            body = _inflate(body, 16 + zlib.MAX_WBITS)
        elif name == "deflate":
            # Either form is sent under this name.
            is_zlib = len(body) > 1 and body[0] & 0x0F == 8 and (body[0] * 256 + body[1]) % 31 == 0
            body = _inflate(body, zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS)
    return body


def _inflate(body: bytes, window: int) -> bytes:
    if not body:
        return body
    inflater = zlib.decompressobj(window)
    try:
        plain = inflater.decompress(body, MAX_BODY_BYTES + 1)
    except zlib.error as error:
        raise BadlyPacked(f"the answer is not compressed as its header says ({error})") from None
    if len(plain) > MAX_BODY_BYTES:
        raise TooLarge
    if not inflater.eof:
        raise BadlyPacked("the answer is compressed, and its end is missing")
    return plain
