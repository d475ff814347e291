"""From a path or bytes to an article: formats by content, faults in one line."""

from __future__ import annotations

import io
import os
import socket
from hashlib import sha256

import docx
import pytest

from argmine.errors import InputError
from argmine.ingest.reading import (
    MAX_BYTES,
    MAX_ID,
    article_from_bytes,
    article_from_html,
    article_from_text,
    read_article,
    safe_id,
)
from argmine.schema import Article, Boilerplate, Heading, Meta, Source

BODY = (
    "各国应当加强对话，共同维护网络空间的和平。这表明，合作安全是可行的；封锁只会损害各方的信任。"
)
HTML = f'<!DOCTYPE html><html><body><div id="js_content"><p>{BODY}</p></div></body></html>'
DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def word_file() -> bytes:
    document = docx.Document()
    document.add_paragraph(BODY)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def refusal(path: str, **options: str) -> str:
    with pytest.raises(InputError) as caught:
        read_article(path, **options)
    return str(caught.value)


def test_a_text_file_becomes_an_article(tmp_path):
    text = f"谈合作安全\n2025年2月3日\n{BODY}\n（来源：《远山评论》2025年第2期）"
    file = tmp_path / "甲.txt"
    file.write_bytes(text.encode("gbk"))
    last = len(text) - len("（来源：《远山评论》2025年第2期）")
    assert read_article(file) == Article(
        id="甲",
        text=text,
        source=Source(
            path=str(file), sha256=sha256(text.encode("gbk")).hexdigest(), encoding="gb18030"
        ),
        meta=Meta(
            title="谈合作安全", publication="远山评论", issue="2025年第2期", date="2025-02-03"
        ),
        boilerplate=[
            Boilerplate(start=6, end=15, kind="byline"),
            Boilerplate(start=last, end=len(text), kind="byline"),
        ],
    )


@pytest.mark.parametrize("line_end", ["\r\n", "\r"])
def test_line_ends_change_neither_furniture_nor_metadata(line_end):
    text = f"谈合作安全\n作者：林知远\n{BODY}\n\n分享到微信\n2025-02-03"
    unix, other = (article_from_text(words) for words in (text, text.replace("\n", line_end)))
    assert other.meta == unix.meta
    found = [
        [(mark.kind, article.text[mark.start : mark.end]) for mark in article.boilerplate]
        for article in (unix, other)
    ]
    assert found[0] == found[1]
    assert found[0] == [
        ("byline", "作者：林知远"),
        ("share", "分享到微信"),
        ("byline", "2025-02-03"),
    ]


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("a.txt", "text/html"),
        ("a.docx", "text/html"),
        ("a.pdf", "text/html"),
        ("a.md", "text/html"),
        ("a", "text/html"),
        ("a.txt", DOCX_TYPE),
        ("a.html", DOCX_TYPE),
        ("a.pdf", DOCX_TYPE),
        ("a.txt", "application/pdf"),
        ("a.html", "application/pdf"),
    ],
)
def test_the_content_decides_and_the_article_says_so(name, media_type, make_pdf):
    data = {
        "text/html": HTML.encode,
        DOCX_TYPE: word_file,
        "application/pdf": lambda: make_pdf([[BODY]]),
    }[media_type]()
    article = article_from_bytes(data, path=name)
    assert (article.text, article.source.media_type) == (BODY, media_type)
    assert article.source.repairs[1:] == [f"read as {media_type} by its content"]


def test_blanks_and_comments_before_a_page_do_no_harm():
    data = b"\n" * 50 + b"<!-- archive -->\n" + HTML.encode()
    assert article_from_bytes(data, path="a.txt").text == BODY


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.html", HTML.encode()),
        ("a.HTM", b"\n" * 50 + HTML.encode()),
        ("a.docx", None),
        ("a.md", BODY.encode()),
        ("a.txt", BODY.encode()),
        ("a", BODY.encode()),
        ("a.html", BODY.encode()),
    ],
)
def test_the_expected_content_needs_no_note(name, data):
    article = article_from_bytes(word_file() if data is None else data, path=name)
    assert article.text == BODY
    assert not [note for note in article.source.repairs if note.startswith("read as")]


def test_markdown_and_text_are_joined_and_the_text_comes_first():
    text = (
        f"---\ntitle: 前言里的题目\nauthor: 周以宁\n---\n# 谈合作安全\n\n作者：林知远\n\n{BODY}\n"
    )
    article = article_from_bytes(text.encode(), path="a.md")
    assert article.text == text
    start = text.index("谈合作安全")
    assert article.headings == [Heading(start=start, end=start + 5, level=1)]
    assert (article.meta.title, article.meta.authors) == ("前言里的题目", ["林知远"])
    marked = [(mark.kind, text[mark.start : mark.end]) for mark in article.boilerplate]
    assert marked == [
        ("navigation", "---\ntitle: 前言里的题目\nauthor: 周以宁\n---"),
        ("byline", "作者：林知远"),
    ]


def test_the_encoding_that_the_user_names_is_passed_on(tmp_path):
    file = tmp_path / "a.txt"
    file.write_bytes("合作安全".encode("big5"))
    assert read_article(file, encoding="big5").text == "合作安全"
    assert refusal(str(file), encoding="utf-8").endswith(": is no utf-8; check --encoding")


@pytest.mark.parametrize("name", ["a.txt", "a.pdf", "a.docx", "a.html", "a.md", "a"])
def test_an_empty_file_is_called_empty(tmp_path, name):
    file = tmp_path / name
    file.write_bytes(b"")
    assert refusal(str(file)) == f"{file}: is empty (0 bytes); give a file that holds text"


def test_what_is_no_readable_file_is_refused_in_one_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.txt").mkdir()
    os.mkfifo("pipe.txt")
    os.symlink("nowhere", "dangling.txt")
    os.symlink("loop.txt", "loop.txt")
    with open("large.txt", "wb") as file:
        file.truncate(MAX_BYTES + 1)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket.txt")
    path = "give the path of an article"
    expected = {
        "folder.txt": f"is a folder; {path}",
        ".": f"is a folder; {path}",
        "pipe.txt": f"is no regular file; {path}",
        "/dev/zero": f"is no regular file; {path}",
        "socket.txt": "cannot be read (No such device or address); check the permissions",
        "dangling.txt": "no such file; check the path",
        "missing.txt": "no such file; check the path",
        "loop.txt": "cannot be read (Too many levels of symbolic links); check the permissions",
        "x" * 300: "cannot be read (File name too long); check the permissions",
        "large.txt": f"more than {MAX_BYTES} bytes; split it into articles",
    }
    open_files = len(os.listdir("/proc/self/fd"))
    assert [refusal(name) for name in expected] == [f"{k}: {v}" for k, v in expected.items()]
    assert len(os.listdir("/proc/self/fd")) == open_files
    assert refusal("a\0b") == "a\ufffdb: no valid file name; check the path"
    assert refusal("a\nb") == "a\ufffdb: no such file; check the path"
    assert refusal("\ud800") == "\ufffd: no valid file name; check the path"


def test_a_file_without_permission_is_refused(tmp_path):
    file = tmp_path / "a.txt"
    file.write_text(BODY, encoding="utf-8")
    file.chmod(0)
    reader, writer = os.pipe()
    # root reads everything, so a child gives its rights away
    child = os.fork()
    if child == 0:
        try:
            if os.geteuid() == 0:
                os.setuid(65534)
            read_article(file)
        except InputError as error:
            os.write(writer, str(error).encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as answer:
        assert answer.read() == f"{file}: cannot be read (Permission denied); check the permissions"


@pytest.mark.parametrize(
    ("stem", "changed"),
    [
        ("甲-乙_1", None),
        ("é", None),
        ("a b", "a_b"),
        ("../../etc/passwd", "______etc_passwd"),
        ("C:\\x", "C__x"),
        ("-rf", "_rf"),
        ("CON", "CON"),
        ("lpt1", "lpt1"),
        ("<script>", "_script_"),
        ("a\nb\0", "a_b_"),
        ("议" * 80, "议" * (MAX_ID - 9)),
        ("", "article"),
        ("\udcff", "_"),
    ],
)
def test_an_id_can_be_a_file_name_everywhere(stem, changed):
    digest = sha256(stem.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    assert safe_id(stem) == (stem if changed is None else f"{changed}-{digest}")
    assert len(f"{safe_id(stem)}.json".encode()) <= 255


def test_texts_without_a_file():
    assert article_from_text(BODY, "k").source == Source(sha256=sha256(BODY.encode()).hexdigest())
    article = article_from_html(HTML, "k", path="p")
    assert (article.id, article.text, article.source.path) == ("k", BODY, "p")
    for words, finding in (
        (" \n", "k: holds no text (blank); give a text"),
        (
            "甲\n乙\ud800",
            "k: line 2, character 3: lone surrogate U+D800; decode the text again from its bytes",
        ),
    ):
        with pytest.raises(InputError) as caught:
            article_from_text(words, "k")
        assert str(caught.value) == finding
