"""The ladder of encodings: right or refused, never something else."""

from __future__ import annotations

import codecs
import random

import pytest

from argmine.errors import InputError
from argmine.ingest.decode import declared_charset, decode

HANS = "各国应当加强对话，共同维护网络空间的和平。\n这表明，合作安全是可行的；封锁只会损害信任。\n"
HANT = "各國應當加強對話，共同維護網絡空間的和平。\n這表明，合作安全是可行的；封鎖只會損害信任。\n"
RARE = "㐀𠀀" + HANS
CANTONESE = "佢哋嘅嘢喺呢度。" + HANT


def refusal(data: bytes, **options: str) -> str:
    with pytest.raises(InputError) as caught:
        decode(data, "a.txt", **options)
    return str(caught.value)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (HANS.encode(), (HANS, "utf-8", [])),
        (HANS.encode("utf-8-sig"), (HANS, "utf-8", ["bom removed"])),
        (HANS.encode("gb2312"), (HANS, "gb18030", [])),
        (HANS.encode("gbk"), (HANS, "gb18030", [])),
        (RARE.encode("gb18030"), (RARE, "gb18030", [])),
        (codecs.BOM_UTF16_LE + RARE.encode("utf-16-le"), (RARE, "utf-16-le", ["bom removed"])),
        (codecs.BOM_UTF16_BE + RARE.encode("utf-16-be"), (RARE, "utf-16-be", ["bom removed"])),
        (codecs.BOM_UTF32_LE + RARE.encode("utf-32-le"), (RARE, "utf-32-le", ["bom removed"])),
        (codecs.BOM_UTF32_BE + RARE.encode("utf-32-be"), (RARE, "utf-32-be", ["bom removed"])),
        (RARE.encode("utf-16-le"), (RARE, "utf-16-le", [])),
        (RARE.encode("utf-16-be"), (RARE, "utf-16-be", [])),
        (RARE.encode("utf-32-le"), (RARE, "utf-32-le", [])),
        (RARE.encode("utf-32-be"), (RARE, "utf-32-be", [])),
        (HANT.encode("big5"), (HANT, "cp950", [])),
        (CANTONESE.encode("big5hkscs"), (CANTONESE, "big5hkscs", [])),
        (HANT.encode("gbk"), (HANT, "gb18030", [])),
        (b"plain words\r\n", ("plain words\r\n", "utf-8", [])),
    ],
)
def test_every_encoding_gives_the_same_text(data, expected):
    assert decode(data, "a.txt") == expected


@pytest.mark.parametrize(
    "word", ["合作安全", "联通", "合作", "全", "网络安全", "国家安全战略", "移动电话"]
)
def test_short_gbk_files_are_read(word):
    assert decode(word.encode("gbk"), "a.txt") == (word, "gb18030", [])


@pytest.mark.parametrize("word", ["合作安全", "聯通", "國家安全", "中國"])
def test_short_big5_files_are_read(word):
    assert decode(word.encode("big5"), "a.txt") == (word, "cp950", [])


@pytest.mark.parametrize(("text", "encoding"), [(HANS, "gbk"), (HANT, "gbk"), (HANT, "big5")])
def test_every_cutting_of_two_to_eight_characters_is_right_or_refused(text, encoding):
    right = refused = 0
    for size in range(2, 9):
        for start in range(len(text) - size):
            piece = text[start : start + size]
            try:
                found, _, _ = decode(piece.encode(encoding), "a.txt")
            except InputError:
                refused += 1
            else:
                assert found == piece
                right += 1
    assert right > 8 * refused


def test_letters_beside_a_hanzi_are_refused_where_both_readings_are_possible():
    # 要T in GBK is valid UTF-8 for a Cyrillic letter and T
    assert (
        refusal("要T".encode("gbk"))
        == "a.txt: could be utf-8 or gb18030; name the encoding with --encoding"
    )


@pytest.mark.parametrize(
    ("data", "finding"),
    [
        (b"", "a.txt: is empty (0 bytes); give a file that holds text"),
        (b"\xef\xbb\xbf", "a.txt: holds no text (blank); give a file that holds text"),
        (" \t\r\n\u3000".encode(), "a.txt: holds no text (blank); give a file that holds text"),
        (
            "各国\n应当".encode() + b"\n\xff" + "合作".encode(),
            "a.txt: line 3, byte 14: byte 0xff is no UTF-8, and no other encoding fits; "
            "repair the byte or name the encoding with --encoding",
        ),
        (
            HANS.encode()[:-2],
            "a.txt: line 2, byte 127: the file ends within a UTF-8 character; "
            "repair the byte or name the encoding with --encoding",
        ),
        (
            HANS.encode() + HANS.encode("gbk"),
            "a.txt: line 3, byte 131: byte 0xb8 is no UTF-8, and no other encoding fits; "
            "repair the byte or name the encoding with --encoding",
        ),
        (
            b"\x7fELF" + bytes(64),
            "a.txt: is a program (ELF), not text; give a text, HTML, Markdown, DOCX or PDF file",
        ),
        (
            b"\x89PNG\r\n\x1a\n" + bytes(64),
            "a.txt: is an image (PNG), not text; give a text, HTML, Markdown, DOCX or PDF file",
        ),
        (
            b"{\\rtf1\\ansi abc}",
            "a.txt: is an RTF file, not text; give a text, HTML, Markdown, DOCX or PDF file",
        ),
        (
            "各国\n应\x00当".encode(),
            "a.txt: line 2, byte 10: control characters, so this is binary data or an unknown encoding; "
            "give a text, HTML, Markdown, DOCX or PDF file, or name the encoding with --encoding",
        ),
        (
            HANS.encode() * 20 + b"\x00",
            "a.txt: line 41, byte 2620: control characters, so this is binary data or an unknown "
            "encoding; give a text, HTML, Markdown, DOCX or PDF file, or name the encoding with --encoding",
        ),
        (
            b"\xff\xfe\x00",
            "a.txt: line 1, byte 2: is no utf-16-le as the mark says; repair it",
        ),
    ],
)
def test_bad_bytes_are_refused_with_their_place(data, finding):
    assert refusal(data) == finding


@pytest.mark.parametrize("seed", range(5))
def test_random_bytes_are_refused(seed):
    finding = "control characters, so this is binary data or an unknown encoding"
    assert refusal(random.Random(seed).randbytes(3000)).split("; ")[0].split(": ")[2] == finding


@pytest.mark.parametrize(
    ("declared", "data", "expected"),
    [
        ("gb2312", RARE.encode("gb18030"), (RARE, "gb18030", [])),
        ("gbk", RARE.encode("gb18030"), (RARE, "gb18030", [])),
        ("big5", CANTONESE.encode("big5hkscs"), (CANTONESE, "big5hkscs", [])),
        ("gb2312", HANS.encode(), (HANS, "utf-8", [])),
        ("utf-8", HANS.encode("gbk"), (HANS, "gb18030", ["declared utf-8, read as gb18030"])),
        ("big5", HANS.encode("gbk"), (HANS, "gb18030", ["declared big5, read as gb18030"])),
        ("gb2312", HANT.encode("big5"), (HANT, "cp950", ["declared gb2312, read as cp950"])),
        (
            "iso-8859-1",
            HANS.encode("gbk"),
            (HANS, "gb18030", ["declared iso-8859-1, read as gb18030"]),
        ),
        (
            "no-such-thing",
            HANS.encode("gbk"),
            (HANS, "gb18030", ["declared no-such-thing, read as gb18030"]),
        ),
    ],
)
def test_a_declaration_is_tried_and_never_trusted(declared, data, expected):
    assert decode(data, "a.html", declared=declared) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'<meta charset="GB2312">', "gb2312"),
        (b"<META http-equiv=Content-Type content='text/html; charset = big5'>", "big5"),
        (b'<?xml version="1.0" encoding="GBK"?><meta charset="utf-8">', "gbk"),
        (b"<meta charset=>", None),
        (b" " * 4096 + b'<meta charset="gbk">', None),
        (b"charset" * 100_000, None),
    ],
)
def test_the_declared_charset_is_found(data, expected):
    assert declared_charset(data) == expected


def test_what_is_suspicious_is_kept_and_recorded():
    garbled = HANS.encode().decode("latin-1")
    assert decode(garbled.encode(), "a.txt") == (
        garbled,
        "utf-8",
        ["text may be garbled (UTF-8 read as Latin and encoded again)"],
    )
    broken = "各\ufffd国\ufffd"
    assert decode(broken.encode(), "a.txt") == (
        broken,
        "utf-8",
        ["replacement characters found in the input: 2"],
    )
    # a French word is neither
    assert decode("Ã café où".encode(), "a.txt")[2] == []


@pytest.mark.parametrize(
    ("encoding", "data", "expected"),
    [
        ("gbk", RARE.encode("gb18030"), (RARE, "gb18030", [])),
        ("Big5", CANTONESE.encode("big5hkscs"), (CANTONESE, "big5hkscs", [])),
        ("utf8", HANS.encode("utf-8-sig"), (HANS, "utf-8", ["bom removed"])),
        ("latin-1", b"caf\xe9", ("café", "iso8859-1", [])),
    ],
)
def test_the_encoding_that_the_user_names_is_taken(encoding, data, expected):
    assert decode(data, "a.txt", encoding) == expected


@pytest.mark.parametrize(
    ("encoding", "finding"),
    [
        ("big5", "a.txt: line 2, byte 57: is no big5; check --encoding"),
        ("utf-8", "a.txt: line 1, byte 0: is no utf-8; check --encoding"),
        ("gbq", "a.txt: unknown encoding 'gbq'; write for instance gb18030"),
        ("hex", "a.txt: unknown encoding 'hex'; write for instance gb18030"),
        ("rot13", "a.txt: unknown encoding 'rot13'; write for instance gb18030"),
        ("a\0b", "a.txt: unknown encoding 'a\\x00b'; write for instance gb18030"),
        ("", "a.txt: unknown encoding ''; write for instance gb18030"),
        ("undefined", "a.txt: is no undefined; check --encoding"),
    ],
)
def test_an_encoding_that_does_not_fit_is_refused(encoding, finding):
    assert refusal(HANS.encode("gbk"), encoding=encoding) == finding


def test_no_codec_can_bring_in_a_lone_surrogate():
    assert (
        refusal(b"a\n\\ud800", encoding="unicode_escape")
        == "a.txt: line 2: lone surrogates as unicode_escape; check --encoding"
    )
