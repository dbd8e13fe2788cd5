"""Bytes of HTTP/1.1: what is written, and when a response is complete."""

import gzip
import zlib
from collections.abc import Callable

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.api.http.wire import message
from ccloud_apply.api.http.wire.message import (
    Garbled,
    ResponseReader,
    TooLarge,
    unpack,
    write_request,
)

OK = b"HTTP/1.1 200 OK\r\n"


def read(data: bytes, *, piece: int = 0) -> ResponseReader:
    """What is read of these bytes, all at once or in pieces of that size."""
    reader = ResponseReader()
    for at in range(0, len(data), piece or len(data) or 1):
        reader.feed(data[at : at + (piece or len(data))])
    return reader


def read_by_h11(data: bytes) -> tuple[int, list[tuple[str, str]], bytes] | None:
    """Status, headers and body as another implementation reads them; None where it cannot."""
    connection = h11.Connection(our_role=h11.CLIENT)
    connection.send(h11.Request(method="GET", target="/", headers=[("Host", "a")]))
    connection.send(h11.EndOfMessage())
    connection.receive_data(data)
    connection.receive_data(b"")
    status, headers, body = 0, [], b""
    try:
        while not isinstance(event := connection.next_event(), h11.EndOfMessage):
            if isinstance(event, h11.Response):
                status = event.status_code
                headers = [(name.decode(), text.decode("latin-1")) for name, text in event.headers]
            elif isinstance(event, h11.Data):
                body += event.data
            elif event is h11.NEED_DATA or isinstance(event, h11.ConnectionClosed):
                return None
    except h11.RemoteProtocolError:
        return None
    return status, headers, body


NAMES = st.sampled_from(["X-A", "Link", "Content-Type", "x-ratelimit-remaining", "Date"])
TEXTS = st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=20)
CHUNKS = st.lists(st.binary(min_size=1, max_size=50), max_size=5)


@st.composite
def responses(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """A response and its body, in every way in which one says where it ends but by closing."""
    chunks = draw(CHUNKS)
    body = b"".join(chunks)
    fields = draw(st.lists(st.tuples(NAMES, TEXTS), max_size=4))
    lines = [f"{name}: {text.strip()}".encode("latin-1") for name, text in fields]
    status = draw(st.sampled_from([b"200 OK", b"404 ", b"503 Service Unavailable", b"201 Made"]))
    data = b"HTTP/1.1 " + status + b"\r\n"
    if draw(st.booleans()):
        lines.append(b"Content-Length: %d" % len(body))
        sent = body
    else:
        lines.append(b"Transfer-Encoding: chunked")
        extension = draw(st.sampled_from([b"", b";a=b", b';c="d"']))
        sent = b"".join(b"%x%s\r\n%s\r\n" % (len(c), extension, c) for c in chunks)
        sent += b"0\r\n" + draw(st.sampled_from([b"", b"X-Trailer: 1\r\n"])) + b"\r\n"
    informed = draw(st.sampled_from([b"", b"HTTP/1.1 100 Continue\r\n\r\n"]))
    return informed + data + b"".join(line + b"\r\n" for line in lines) + b"\r\n" + sent, body


@given(responses(), st.integers(0, 40))
def test_a_response_is_the_same_however_its_bytes_come_and_whoever_reads_it(
    response: tuple[bytes, bytes], piece: int
) -> None:
    data, body = response
    reader = read(data, piece=piece)
    assert reader.is_complete
    assert reader.is_reusable
    assert reader.body == body
    other = read_by_h11(data)
    assert other is not None
    status, headers, other_body = other
    joined: dict[str, str] = {}
    for name, text in headers:
        joined[name] = f"{joined[name]}, {text}" if name in joined else text
    assert (reader.status, reader.headers, reader.body) == (status, joined, other_body)


@given(responses(), st.data())
def test_a_response_that_breaks_off_is_never_complete(
    response: tuple[bytes, bytes], data: st.DataObject
) -> None:
    sent, _ = response
    cut = data.draw(st.integers(0, len(sent) - 1))
    reader = read(sent[:cut])
    assert not reader.is_complete
    with pytest.raises(Garbled):
        reader.end()


@given(responses(), st.binary(min_size=1, max_size=20))
def test_what_comes_after_a_response_makes_the_connection_unusable(
    response: tuple[bytes, bytes], more: bytes
) -> None:
    data, body = response
    reader = read(data + more)
    assert (reader.is_complete, reader.is_reusable, reader.body) == (True, False, body)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_response_an_unfinished_one_or_garbled(data: bytes) -> None:
    for start in (b"", OK, OK + b"Content-Length: 5\r\n", OK + b"Transfer-Encoding: chunked\r\n"):
        reader = ResponseReader()
        try:
            reader.feed(start + data)
            reader.end()
        except (Garbled, TooLarge):
            continue
        assert reader.is_complete
        other = read_by_h11(start + data)
        if other is not None:
            assert (reader.status, reader.body) == (other[0], other[2])


@pytest.mark.parametrize(
    ("headers", "is_reusable"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", True),
        (b"HTTP/1.1 204 No Content\r\n\r\n", True),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n", False),
        (b"HTTP/1.1 200 OK\r\nConnection: upgrade, close\r\nContent-Length: 0\r\n\r\n", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", False),
        (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n", True),
        (b"HTTP/1.1 200\nContent-Length: 0\n\n", True),
        (OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", False),
        (OK + b"Content-Length: 0\r\nContent-Length: 0\r\n\r\n", True),
    ],
)
def test_a_connection_is_kept_where_the_response_allows_it(
    headers: bytes, is_reusable: bool
) -> None:
    reader = read(headers)
    assert reader.is_complete
    assert reader.is_reusable is is_reusable


@pytest.mark.parametrize(
    "data",
    [
        b"this is not HTTP\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 OK\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        OK + b"no header\r\n\r\n",
        OK + b"A : b\r\n\r\n",
        OK + b"A: b\r\n folded\r\n\r\n",
        OK + b"Content-Length: -1\r\n\r\n",
        OK + b"Content-Length: 1e3\r\n\r\n",
        OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n",
        OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n",
        OK + b"X: " + b"x" * message.MAX_HEAD_BYTES + b"\r\n\r\n",
        OK + b"X: " + b"x" * (message.MAX_HEAD_BYTES + 10),
        OK + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"x" * (message.MAX_HEAD_BYTES + 10),
    ],
)
def test_what_does_not_say_where_it_ends_is_no_response(data: bytes) -> None:
    with pytest.raises(Garbled):
        read(data)


@pytest.mark.parametrize(
    "data",
    [
        OK + b"Content-Length: 67108865\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n4000001\r\n",
    ],
)
def test_a_response_that_announces_too_much_is_not_waited_for(data: bytes) -> None:
    with pytest.raises(TooLarge):
        read(data)


def test_a_response_without_a_length_ends_with_its_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reader = read(OK + b"\r\nabc", piece=2)
    assert not reader.is_complete
    reader.end()
    assert (reader.is_complete, reader.is_reusable, reader.body) == (True, False, b"abc")
    monkeypatch.setattr(message, "MAX_BODY_BYTES", 10)
    with pytest.raises(TooLarge):
        read(OK + b"\r\n" + b"x" * 11)


def deflate_raw(body: bytes) -> bytes:
    return zlib.compress(body, wbits=-zlib.MAX_WBITS)


@given(st.binary(max_size=500))
def test_a_packed_body_is_unpacked(body: bytes) -> None:
    assert unpack(gzip.compress(body), "gzip") == body
    assert unpack(zlib.compress(body), "Deflate") == body
    assert unpack(deflate_raw(body), "deflate") == body
    assert unpack(gzip.compress(zlib.compress(body)), "deflate, gzip") == body
    assert unpack(body, "identity") == body
    assert unpack(body, "br") == body


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
def test_a_packed_body_that_is_cut_or_too_large_is_none(
    pack: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    coding = "gzip" if pack is gzip.compress else "deflate"
    packed = pack(b"x" * 1000)
    with pytest.raises(Garbled):
        unpack(packed[:-9], coding)
    with pytest.raises(Garbled):
        unpack(b'{"state": "Off"}', coding)
    monkeypatch.setattr(message, "MAX_BODY_BYTES", 999)
    with pytest.raises(TooLarge):
        unpack(packed, coding)
    assert unpack(b"", coding) == b""


def test_a_request_is_written_with_its_length_and_nothing_that_breaks_its_lines() -> None:
    written = write_request("PUT", "/a?b=c", {"Host": "h", "X-Y": "é"}, b"{}")
    assert (
        written
        == "PUT /a?b=c HTTP/1.1\r\nHost: h\r\nX-Y: é\r\nContent-Length: 2\r\n\r\n{}".encode(
            "latin-1"
        )
    )
    assert b"Content-Length: 0\r\n" in write_request("POST", "/", {}, None)
    assert b"Content-Length" not in write_request("GET", "/", {}, None)
    for text in ("a\r\nX: b", "a\nb", "a\0"):
        with pytest.raises(ValueError, match="line break"):
            write_request("GET", "/", {"A": text}, None)


@given(st.text(max_size=30))
def test_any_target_is_one_word_of_the_request_line(text: str) -> None:
    line = write_request("GET", f"/{text}".replace("\ud800", ""), {}, None).split(b"\r\n")[0]
    assert line.count(b" ") == 2
    target = line.split(b" ")[1]
    assert target.isascii()
    assert b"#" not in target
