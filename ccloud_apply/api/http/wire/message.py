"""Bytes of HTTP/1.1: a request written, a response read. Pure; sockets are `connection.py`.

Strict where a mistake could make one answer look like another: whatever does not say for certain
where a response ends is an error.
"""

import re
import zlib
from collections.abc import Mapping
from urllib.parse import quote

from ccloud_apply.api.http.door import MAX_BODY_BYTES

MAX_HEAD_BYTES = 64 * 1024
"""More than this before a body, or in a line of a chunk, is no answer of this API."""

_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_STATUS_LINE = re.compile(rb"HTTP/1\.([0-9]) ([1-9][0-9]{2})(?: [^\r\n\0]*)?")
_FIELD = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([^\r\n\0]*)")
_LENGTH = re.compile(r"[0-9]{1,18}")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n\0]*)?")
_PLAIN_TARGET = re.compile(r"/[!-\"$-~]*")
_KEPT_IN_TARGETS = "!$%&'()*+,/:;=?@[]~"


class Garbled(Exception):
    """The bytes are no response, or do not say where it ends."""


class TooLarge(Exception):
    """The response is larger than any that this API sends."""


def write_request(
    method: str, target: str, headers: Mapping[str, str], content: bytes | None
) -> bytes:
    """The bytes of a request. Raises ValueError for a header that would not stay in its line."""
    if not _PLAIN_TARGET.fullmatch(target):
        target = quote(target.partition("#")[0], safe=_KEPT_IN_TARGETS)
    lines = [f"{method} {target} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if content is not None or method not in ("GET", "HEAD", "DELETE"):
        lines.append(f"Content-Length: {len(content or b'')}")
    if any("\n" in line or "\r" in line or "\0" in line for line in lines):
        raise ValueError("a header holds a line break")
    head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
    return head + content if content else head


class ResponseReader:
    """Takes the bytes of one response as they come, until it is complete.

    Then `status`, `headers` (names in lower case, repeated ones joined), `body` as it was sent, and
    `is_reusable`: whether the connection may be used for another request.
    """

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.is_complete = False
        self.is_reusable = False
        self._received = bytearray()
        self._chunks: list[bytes] = []
        self._size = 0
        self._left: int | None = None  # of the body or the chunk; None: to the connection's end
        self._is_chunked = self._is_at_chunks_end = self._has_trailers = False

    @property
    def body(self) -> bytes:
        """The body as it was sent, packed or not."""
        return self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)

    def feed(self, data: bytes) -> bool:
        """Take what came; True once the response is complete. Raises Garbled and TooLarge.

        What comes after its end belongs to nothing, and makes the connection unusable.
        """
        if self.status >= 200 and not self._is_chunked:
            self._take_body(data)
        else:
            self._received += data
            while not self.is_complete and self._take_next():
                pass
            if self.is_complete and self._received:
                self.is_reusable = False
        return self.is_complete

    def end(self) -> None:
        """The connection has ended. Raises Garbled if the response has not."""
        if self.is_complete:
            return
        if self.status < 200 or self._is_chunked or self._left is not None:
            came = "without an answer" if not self.status and not self._received else "within one"
            raise Garbled(f"the server closed the connection {came}")
        self.is_complete = True

    def _take_next(self) -> bool:
        """Read the next piece of what was received; False if all of it is not there yet."""
        if self.status < 200:
            return self._take_head()
        if not self._is_chunked:
            self._take_body(bytes(self._received))
            self._received.clear()
            return False
        return self._take_chunk() if not self._has_trailers else self._take_trailer()

    def _take_head(self) -> bool:
        end = _END_OF_HEAD.search(self._received)
        if end is None or end.start() > MAX_HEAD_BYTES:
            if len(self._received) > MAX_HEAD_BYTES:
                raise Garbled("the answer's headers have no end")
            return False
        head = bytes(self._received[: end.start()])
        del self._received[: end.end()]
        first, *lines = head.split(b"\n")
        found = _STATUS_LINE.fullmatch(first.rstrip(b"\r"))
        if found is None:
            raise Garbled("the answer is not HTTP")
        status = int(found[2])
        if status == 101:
            raise Garbled("the server switches to another protocol")
        if status < 200:
            return True  # there is more to come
        self.status = status
        self._read_fields(lines)
        self._find_end(is_old=found[1] == b"0")
        return not self.is_complete

    def _read_fields(self, lines: list[bytes]) -> None:
        headers = self.headers
        for line in lines:
            found = _FIELD.fullmatch(line.rstrip(b"\r"))
            if found is None:
                raise Garbled("the answer has a header that is none")
            name = found[1].decode("ascii").lower()
            value = found[2].rstrip(b" \t").decode("latin-1")
            headers[name] = f"{headers[name]}, {value}" if name in headers else value

    def _find_end(self, *, is_old: bool) -> None:
        """Tell from the headers where the body ends, and whether the connection stays."""
        connection = {word.strip().lower() for word in self._header("connection").split(",")}
        stays = "keep-alive" in connection if is_old else "close" not in connection
        lengths = {text.strip() for text in self._header("content-length").split(",")} - {""}
        coding = self._header("transfer-encoding").strip().lower()
        if self.status in (204, 304):
            self.is_complete, self.is_reusable = True, stays
        elif coding:
            if coding != "chunked":
                raise Garbled("the answer has a transfer encoding that is not known")
            # With a length as well, somebody on the way may see another end.
            self._is_chunked, self._left, self.is_reusable = True, 0, stays and not lengths
        elif lengths:
            if len(lengths) > 1 or not _LENGTH.fullmatch(length := lengths.pop()):
                raise Garbled("the answer's length is not a number")
            self._left, self.is_reusable = int(length), stays
            self._check_size(self._left)
            self.is_complete = self._left == 0

    def _header(self, name: str) -> str:
        return self.headers.get(name, "")

    def _take_body(self, data: bytes) -> None:
        if self._left is not None:
            if len(data) > self._left:
                data, self.is_reusable = data[: self._left], False
            self._left -= len(data)
            self.is_complete = self._left == 0
        self._add(data)

    def _take_chunk(self) -> bool:
        assert self._left is not None
        if self._left:
            data = bytes(self._received[: self._left])
            del self._received[: len(data)]
            self._left -= len(data)
            self._is_at_chunks_end = not self._left
            self._add(data)
            return not self._left
        line = self._take_line()
        if line is None:
            return False
        if self._is_at_chunks_end:
            self._is_at_chunks_end = False
            if line:
                raise Garbled("the answer has a chunk that is longer than it says")
            return True
        found = _CHUNK_SIZE.fullmatch(line)
        if found is None:
            raise Garbled("the answer has a chunk without a size")
        self._left = int(found[1], 16)
        self._check_size(self._size + self._left)
        self._has_trailers = not self._left
        return True

    def _take_trailer(self) -> bool:
        line = self._take_line()
        self.is_complete = line == b""
        return line is not None

    def _take_line(self) -> bytes | None:
        at = self._received.find(b"\n")
        if at < 0 or at > MAX_HEAD_BYTES:
            if len(self._received) > MAX_HEAD_BYTES:
                raise Garbled("the answer has a line without an end")
            return None
        line = bytes(self._received[:at]).removesuffix(b"\r")
        del self._received[: at + 1]
        return line

    def _add(self, data: bytes) -> None:
        if data:
            self._size += len(data)
            self._check_size(self._size)
            self._chunks.append(data)

    def _check_size(self, size: int) -> None:
        if size > MAX_BODY_BYTES:
            raise TooLarge


def unpack(body: bytes, coding: str) -> bytes:
    """The body without its content encodings; one that is not known stays.

    Raises Garbled and TooLarge.
    """
    for name in reversed([word.strip().lower() for word in coding.split(",")]):
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
        raise Garbled(f"the answer is not packed as it says ({error})") from None
    if len(plain) > MAX_BODY_BYTES:
        raise TooLarge
    if not inflater.eof:
        raise Garbled("the answer is packed, and its end is missing")
    return plain
