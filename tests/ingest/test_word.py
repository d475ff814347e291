"""DOCX files made by python-docx, and archives bent by hand."""

from __future__ import annotations

import io
import random
import time
import zipfile
from collections.abc import Callable
from typing import Any

import docx
import pytest
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls

from argmine.errors import InputError
from argmine.ingest.word import MAX_MEMBERS, MAX_UNPACKED, MAX_XML, read_docx
from argmine.schema import Heading, Meta

WORDS = "各国应当加强对话。这表明合作安全是可行的。"
EXTRACTED = "text extracted from DOCX"
RESAVE = "open it in Word or WPS and save it as .docx (另存为)"
DOCUMENT = "word/document.xml"


def made(fill: Callable[[Any], object]) -> bytes:
    document = docx.Document()
    fill(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def rewritten(
    edit: Callable[[str, bytes], bytes | None], extra: dict[str, bytes] | None = None
) -> bytes:
    """A good file with its members passed through ``edit``; ``None`` leaves one out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(GOOD)) as old, zipfile.ZipFile(out, "w", 8) as new:
        for name in old.namelist():
            data = edit(name, old.read(name))
            if data is not None:
                new.writestr(name, data)
        for name, data in (extra or {}).items():
            new.writestr(name, data)
    return out.getvalue()


def in_document(old: str, new: str) -> bytes:
    def edit(name: str, data: bytes) -> bytes:
        return data.replace(old.encode(), new.encode(), 1) if name == DOCUMENT else data

    return rewritten(edit)


def without(member: str) -> bytes:
    return rewritten(lambda name, data: None if name == member else data)


def refusal(data: bytes) -> str:
    with pytest.raises(InputError) as caught:
        read_docx(data, "a.docx")
    return str(caught.value)


def run_of(document: Any, xml: str) -> None:
    document.add_paragraph()._p.append(parse_xml(xml.replace("<w:r>", f"<w:r {nsdecls('w')}>", 1)))


GOOD = made(lambda document: document.add_paragraph(WORDS))


def test_paragraphs_headings_and_title_by_style():
    def fill(document):
        document.add_paragraph("谈合作安全", style="Title")
        document.add_heading("一、现状", 1)
        document.add_paragraph(f"　　{WORDS} ")
        document.add_paragraph("")
        document.add_heading("（一）数据", 2)
        document.add_paragraph("甲\t乙\n丙")
        document.core_properties.author = "电脑主人"

    text = f"谈合作安全\n一、现状\n{WORDS}\n（一）数据\n甲 乙\n丙"
    second = text.index("（一）")
    assert read_docx(made(fill), "a.docx") == (
        text,
        [Heading(start=6, end=10, level=1), Heading(start=second, end=second + 5, level=2)],
        Meta(title="谈合作安全"),
        [EXTRACTED],
    )


def test_tables_come_in_their_place_one_row_a_line():
    def fill(document):
        document.add_paragraph("前")
        table = document.add_table(2, 2)
        for cell, words in zip(table._cells, ("国家", "数", "甲国", "四\n十"), strict=True):
            cell.text = words
        table.cell(1, 1).add_table(1, 1).cell(0, 0).text = "内"
        document.add_paragraph("后")

    assert read_docx(made(fill), "a.docx")[0] == "前\n国家\t数\n甲国\t四 十\n内\n后"


def test_inserted_text_counts_and_deleted_or_hidden_text_does_not():
    def fill(document):
        paragraph = document.add_paragraph("甲")
        for tag, text_tag, words in (("w:ins", "w:t", "乙"), ("w:del", "w:delText", "丙")):
            change, run, text = OxmlElement(tag), OxmlElement("w:r"), OxmlElement(text_tag)
            text.text = words
            run.append(text)
            change.append(run)
            paragraph._p.append(change)
        paragraph.add_run("丁").font.hidden = True
        paragraph.add_run("戊")

    assert read_docx(made(fill), "a.docx") == (
        "甲乙戊",
        [],
        Meta(),
        [EXTRACTED, "hidden text not read: 1"],
    )


def test_what_is_left_out_is_counted():
    def fill(document):
        document.add_paragraph(WORDS)
        run_of(document, "<w:r><w:footnoteReference/><w:endnoteReference/></w:r>")
        run_of(document, "<w:r><w:commentReference/></w:r>")
        box = "<w:pict><w:txbxContent><w:p><w:r><w:t>框</w:t></w:r></w:p></w:txbxContent></w:pict>"
        run_of(document, f"<w:r>{box}</w:r>")
        document.sections[0].header.paragraphs[0].text = "页眉"

    assert read_docx(made(fill), "a.docx") == (
        WORDS,
        [],
        Meta(),
        [EXTRACTED, "comments not read: 1", "notes not read: 2", "text boxes not read: 1"],
    )


@pytest.mark.parametrize(
    ("data", "finding"),
    [
        (b"PK\x03\x04", "truncated or damaged Word document; copy or download it again"),
        (GOOD[: len(GOOD) // 2], "truncated or damaged Word document; copy or download it again"),
        (WORDS.encode(), f"no Word document (not a zip archive); {RESAVE}"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
            f"old Office file (OLE, .doc); {RESAVE}",
        ),
        (
            b"\xd0\xcf\x11\xe0" + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
            "Word document with a password; save it without one",
        ),
        (without(DOCUMENT), "zip archive without a Word document; unpack it first"),
        (without("word/styles.xml"), f"{DOCUMENT}: damaged Word document (KeyError); {RESAVE}"),
        (without("_rels/.rels"), f"{DOCUMENT}: damaged Word document (KeyError); {RESAVE}"),
        (
            in_document("</w:body>", ""),
            f"{DOCUMENT}: damaged Word document (XMLSyntaxError); {RESAVE}",
        ),
        (
            in_document("各国", "&#xD800;"),
            f"{DOCUMENT}: damaged Word document (XMLSyntaxError); {RESAVE}",
        ),
        (made(lambda document: None), "the Word document holds no text; give one that holds text"),
    ],
)
def test_a_file_that_is_no_sound_docx_is_refused_by_its_fault(data, finding):
    assert refusal(data) == f"a.docx: {finding}"


@pytest.mark.parametrize(
    "prologue",
    [
        '<!DOCTYPE x [<!ENTITY a "十">]>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        "<!--" + "x" * 10_000 + '--><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    ],
)
def test_entities_are_refused_because_their_text_would_be_missing(prologue):
    data = in_document("各国", "&a;")

    def edit(name: str, part: bytes) -> bytes:
        return (
            part.replace(b"<w:document", f"{prologue}<w:document".encode(), 1)
            if name == DOCUMENT
            else part
        )

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        document = edit(DOCUMENT, archive.read(DOCUMENT))
    bent = rewritten(lambda name, part: document if name == DOCUMENT else part)
    assert refusal(bent) == f"a.docx: {DOCUMENT}: holds a document type definition; {RESAVE}"


def test_an_entity_bomb_is_refused():
    entities = "".join(
        f'<!ENTITY e{n} "{f"&e{n - 1};" * 50 if n else "x" * 50}">' for n in range(8)
    )

    def edit(name: str, data: bytes) -> bytes:
        if name != DOCUMENT:
            return data
        data = data.replace(b"<w:document", f"<!DOCTYPE x [{entities}]><w:document".encode(), 1)
        return data.replace("各国".encode(), b"&e7;")

    assert refusal(rewritten(edit)).startswith(f"a.docx: {DOCUMENT}: ")


def noise(size: int) -> bytes:
    return random.Random(size).randbytes(size)


@pytest.mark.parametrize(
    ("extra", "finding"),
    [
        (
            {f"m{n}": b"" for n in range(MAX_MEMBERS)},
            f"{{}} members in the archive, limit {MAX_MEMBERS}",
        ),
        ({"x.bin": bytes(30_000_000)}, "unpacks to more than 100 times its size"),
        ({"x.bin": bytes(MAX_UNPACKED)}, f"unpacks to {{}} bytes, limit {MAX_UNPACKED}"),
        (
            {"x.xml": b"<x/>" * (MAX_XML // 4), "x.bin": noise(500_000)},
            f"holds {{}} bytes of XML, limit {MAX_XML}",
        ),
    ],
)
def test_an_archive_built_to_fill_the_memory_is_refused_before_it_is_unpacked(extra, finding):
    data = rewritten(lambda name, part: part, extra)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
    xml = sum(m.file_size for m in members if m.filename.endswith((".xml", ".rels")))
    number = {"m0": len(members), "x.xml": xml}.get(
        next(iter(extra)), sum(member.file_size for member in members)
    )
    begin = time.process_time()
    remedy = "check where it comes from, and save its text as .txt"
    assert refusal(data) == f"a.docx: {finding.format(number)}; {remedy}"
    assert time.process_time() - begin < 1


def test_a_lie_about_the_unpacked_size_does_not_help():
    data = bytearray(rewritten(lambda name, part: part + b" " * 50_000_000 * (name == DOCUMENT)))
    place = data.find(b"PK\x01\x02")
    while place >= 0:
        data[place + 24 : place + 28] = (1000).to_bytes(4, "little")
        place = data.find(b"PK\x01\x02", place + 4)
    assert refusal(bytes(data)).startswith("a.docx: ")


def test_a_password_of_the_archive_is_named():
    data = bytearray(GOOD)
    place = data.find(b"PK\x01\x02")
    while place >= 0:
        data[place + 8] |= 1
        place = data.find(b"PK\x01\x02", place + 4)
    assert refusal(bytes(data)) == "a.docx: zip archive with a password; save it without one"


def test_nothing_is_written_whatever_a_member_is_called(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = rewritten(lambda name, part: part, {"../../evil": b"x", "/tmp/evil": b"x"})
    assert read_docx(data, "a.docx")[0] == WORDS
    assert list(tmp_path.iterdir()) == []
