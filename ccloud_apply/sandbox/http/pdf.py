"""Writes text as a PDF: pages of lines in one font, and nothing else of the format.

It uses no library: the product would depend on one for a single operation of its emulator. What a
report contains belongs to its handler.
"""

from collections.abc import Iterator, Sequence

LINES_A_PAGE = 50
_FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"


def write_pdf(title: str, lines: Sequence[str]) -> bytes:
    """A document (PDF 1.4, A4). Characters that its font does not have become question marks."""
    rows = [title, "", *lines]
    pages = [rows[at : at + LINES_A_PAGE] for at in range(0, len(rows), LINES_A_PAGE)]
    return _join(list(_make_objects(title, pages)))


def _make_objects(title: str, pages: list[list[str]]) -> Iterator[bytes]:
    """1 catalogue, 2 pages, 3 font, 4 title; then each page and its content."""
    kids = " ".join(f"{5 + 2 * at} 0 R" for at in range(len(pages)))
    yield b"<< /Type /Catalog /Pages 2 0 R >>"
    yield f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode()
    yield _FONT
    yield b"<< /Title " + _quote(title) + b" >>"
    for at, rows in enumerate(pages):
        yield (
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842]"
            f" /Resources << /Font << /F1 3 0 R >> >> /Contents {6 + 2 * at} 0 R >>"
        ).encode()
        text = b"".join(_quote(row) + b" Tj T*\n" for row in rows)
        stream = b"BT /F1 11 Tf 14 TL 56 780 Td\n" + text + b"ET"
        yield b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream)


def _quote(text: str) -> bytes:
    raw = text.encode("latin-1", "replace")  # the encoding that titles and the font share
    plain = (b"\\%03o" % one if one < 32 or one in b"()\\" else bytes([one]) for one in raw)
    return b"(" + b"".join(plain) + b")"


def _join(objects: list[bytes]) -> bytes:
    """The file: the objects, and the table of their offsets."""
    written, places = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    count = len(objects) + 1
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return (
        written
        + b"xref\n0 %d\n0000000000 65535 f \n%s" % (count, table)
        + b"trailer\n<< /Size %d /Root 1 0 R /Info 4 0 R >>\n" % count
        + b"startxref\n%d\n%%%%EOF\n" % len(written)
    )
