"""PDF files with a text layer, and those without one that can be used."""

from __future__ import annotations

import time
import zlib

import pytest

from argmine.errors import InputError
from argmine.ingest.pdf import MAX_PAGES, read_pdf
from argmine.schema import Meta

SENTENCE = (
    "各国应当加强对话与合作，共同维护网络空间的和平与安全，这表明合作安全是可行的，而封锁只会损害各方的信任，"
    "也无助于解决问题，因此各方应当尽快恢复谈判。"
)
WRAPPED = [SENTENCE[n : n + 30] for n in range(0, len(SENTENCE), 30)]
LAYER = "text layer extracted from PDF"


def refusal(data: bytes) -> str:
    with pytest.raises(InputError) as caught:
        read_pdf(data, "a.pdf")
    return str(caught.value)


def test_wrapped_lines_are_joined_and_page_numbers_dropped(make_pdf):
    pages = [
        ["谈合作安全", "一、现状", *WRAPPED, "甲乙。", "- 1 -"],
        ["2", "二、出路", "对话为什么是唯一的出路呢", *WRAPPED[:2]],
        [*WRAPPED[2:], "第 3 页"],
    ]
    assert read_pdf(make_pdf(pages), "a.pdf") == (
        f"谈合作安全\n一、现状\n{SENTENCE}\n甲乙。\n二、出路\n对话为什么是唯一的出路呢\n{SENTENCE}",
        Meta(),
        [LAYER, f"wrapped lines joined: {2 * len(WRAPPED) - 2}", "page numbers dropped: 3"],
    )


def test_pages_without_text_are_named(make_pdf):
    data = make_pdf([["甲乙。"], None, ["丙丁。"], []])
    assert read_pdf(data, "a.pdf") == (
        "甲乙。\n丙丁。",
        Meta(),
        [LAYER, "pages without text: 2, 4"],
    )


def test_an_empty_password_opens_the_file(make_pdf):
    assert read_pdf(make_pdf([["甲乙。"]], password=""), "a.pdf")[0] == "甲乙。"


def test_lines_before_the_header_do_no_harm(make_pdf):
    assert read_pdf(b"\xef\xbb\xbf\r\n" + make_pdf([["甲乙。"]]), "a.pdf")[0] == "甲乙。"


def test_a_font_without_a_character_table_is_noted(make_pdf):
    data = make_pdf([["\ue000\ue001\ue002\ue003甲。"]])
    assert read_pdf(data, "a.pdf")[2] == [
        LAYER,
        "text may be garbled (fonts without a character table)",
    ]


@pytest.mark.parametrize(
    ("data", "finding"),
    [
        ("甲乙。".encode(), "no PDF file (it does not begin with %PDF); check the name"),
        (b"%PDF-1.4\n", "truncated PDF (no end mark); copy or download it again"),
        (b"%PDF-1.4\n%%EOF", "damaged PDF; copy or download it again"),
        (
            b"%PDF-1.4\n" + bytes(range(256)) * 40 + b"%%EOF",
            "damaged PDF; copy or download it again",
        ),
    ],
)
def test_what_is_no_sound_pdf_is_refused_by_its_fault(data, finding):
    assert refusal(data) == f"a.pdf: {finding}"


def test_encrypted_scanned_and_empty_files_are_told_apart(make_pdf):
    good = make_pdf([WRAPPED])
    password = make_pdf([WRAPPED], password="secret")
    scanned = "no text layer (scanned pages); run OCR on it first (for example ocrmypdf)"
    found = [
        refusal(data)
        for data in (
            password,
            make_pdf([None, None]),
            good[: len(good) // 2],
            # after the password error of the file before: PDFium keeps its code
            make_pdf([]),
            good.replace(b"/Kids[10 0 R]", b"/Kids[2 0 R] "),
        )
    ]
    assert found == [
        "a.pdf: encrypted PDF (needs a password); save it without a password",
        f"a.pdf: {scanned}",
        "a.pdf: truncated PDF (no end mark); copy or download it again",
        "a.pdf: damaged PDF; copy or download it again",
        "a.pdf: page 1: page cannot be read; print it to a new PDF file",
    ]


def test_a_circular_chain_of_tables_ends(make_pdf):
    data = make_pdf([["甲乙。"]]).replace(b"/Root 1 0 R", b"/Root 1 0 R/Prev 9")
    assert read_pdf(data, "a.pdf")[0] == "甲乙。"


def test_a_file_built_to_exhaust_the_reader_ends_soon(make_pdf):
    good = make_pdf([["甲乙。"]])
    begin = good.index(b"11 0 obj")
    end = good.index(b"endobj", begin)
    bomb = zlib.compress(bytes(100_000_000), 9)
    stream = b"11 0 obj\n<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream\n" % (
        len(bomb),
        bomb,
    )
    many = good.replace(b"/Kids[10 0 R]", b"/Kids[%s]" % (b"10 0 R " * (MAX_PAGES + 1)))
    many = many.replace(b"/Count 1", b"/Count %d" % (MAX_PAGES + 1))
    start = time.process_time()
    assert refusal(good[:begin] + stream + good[end:]).startswith("a.pdf: no text layer")
    assert refusal(many) == (f"a.pdf: {MAX_PAGES + 1} pages, limit {MAX_PAGES}; split the document")
    assert time.process_time() - start < 3
