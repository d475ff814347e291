"""PDF files written byte by byte: Chinese text in a font that is not embedded, pictures, passwords."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest

# The padding string of the standard security handler (PDF 1.7, 7.6.3.3).
PADDING = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")
PICTURE = b"q 595 0 0 842 0 0 cm BI /W 1 /H 1 /BPC 8 /CS /G ID \xff EI Q"
FONT = {
    3: b"<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H"
    b"/DescendantFonts[4 0 R]>>",
    4: b"<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo"
    b"<</Registry(Adobe)/Ordering(GB1)/Supplement 4>>/DW 1000/FontDescriptor 5 0 R>>",
    5: b"<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[-25 -254 1000 880]"
    b"/ItalicAngle 0/Ascent 880/Descent -120/CapHeight 880/StemV 93>>",
}


def rc4(key: bytes, data: bytes) -> bytes:
    box = list(range(256))
    j = 0
    for i in range(256):
        j = (j + box[i] + key[i % len(key)]) % 256
        box[i], box[j] = box[j], box[i]
    out = bytearray()
    i = j = 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + box[i]) % 256
        box[i], box[j] = box[j], box[i]
        out.append(byte ^ box[(box[i] + box[j]) % 256])
    return bytes(out)


def write_pdf(pages: list[list[str] | None], password: str | None = None) -> bytes:
    """One list of lines a page; ``None`` is a page that holds a picture and no text."""
    key = b""
    encrypt = b""
    if password is not None:
        padded = (password.encode() + PADDING)[:32]
        owner = rc4(hashlib.md5((b"owner" + PADDING)[:32]).digest()[:5], padded)
        seed = padded + owner + (2**32 - 4).to_bytes(4, "little") + bytes(16)
        key = hashlib.md5(seed).digest()[:5]
        user = rc4(key, PADDING)
        encrypt = b"/Encrypt<</Filter/Standard/V 1/R 2/O<%s>/U<%s>/P -4>>/ID[<%s><%s>]" % tuple(
            value.hex().encode() for value in (owner, user, bytes(16), bytes(16))
        )
    kids = b" ".join(b"%d 0 R" % (10 + 2 * n) for n in range(len(pages)))
    objects = {
        1: b"<</Type/Catalog/Pages 2 0 R>>",
        2: b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(pages), kids),
        **FONT,
    }
    for n, lines in enumerate(pages):
        number = 11 + 2 * n
        content = PICTURE if lines is None else b""
        for row, line in enumerate(lines or ()):
            words = line.encode("utf-16-be").hex().encode()
            content += b"BT /F1 12 Tf 60 %d Td <%s> Tj ET\n" % (780 - 20 * row, words)
        if key:
            salted = key + number.to_bytes(3, "little") + b"\0\0"
            content = rc4(hashlib.md5(salted).digest()[:10], content)
        objects[number - 1] = (
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]"
            b"/Resources<</Font<</F1 3 0 R>>>>/Contents %d 0 R>>" % number
        )
        objects[number] = b"<</Length %d>>stream\n%s\nendstream" % (len(content), content)
    out = bytearray(b"%PDF-1.4\n")
    places = {}
    for number in sorted(objects):
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, objects[number])
    size = max(objects) + 1
    table = b"".join(
        b"%010d 00000 n \n" % places[n] if n in places else b"0000000000 65535 f \n"
        for n in range(size)
    )
    end = b"trailer<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (size, encrypt, len(out))
    return bytes(out) + b"xref\n0 %d\n" % size + table + end


@pytest.fixture(scope="session")
def make_pdf() -> Callable[..., bytes]:
    return write_pdf
