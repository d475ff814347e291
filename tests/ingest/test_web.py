"""Web pages: the text of the article and nothing else, with what the page says of itself."""

from __future__ import annotations

import time

import pytest

from argmine.errors import InputError
from argmine.ingest.reading import article_from_bytes, article_from_html
from argmine.ingest.web import MAX_ATTRIBUTES, MAX_DEPTH, MAX_TAGS, read_html
from argmine.schema import Heading, Meta

FIRST = "各国应当加强对话，共同维护网络空间的和平。"
SECOND = "这表明，合作安全是可行的；封锁只会损害各方的信任。"
BODY = f"<p>{FIRST}</p><p>{SECOND}</p>"
TEXT = f"{FIRST}\n{SECOND}"
EXTRACTED = ["main text extracted from HTML"]


def page(body: str, head: str = "<title>远山评论</title>") -> str:
    return f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>"


def text_of(body: str) -> str:
    return read_html(page(f'<div id="js_content">{body}</div>'), "a.html")[0]


def refusal(html: str) -> str:
    with pytest.raises(InputError) as caught:
        read_html(html, "a.html")
    return str(caught.value)


def test_a_wechat_page_gives_text_headings_and_metadata():
    html = page(
        '<h1 id="activity-name">\n 谈合作安全 \n</h1><span id="js_author_name">林知远 周以宁</span>'
        '<a id="js_name">远山评论</a><em id="publish_time">2025-02-03 08:00</em>'
        # WeChat hides the container until its scripts have run
        '<div id="js_content" style="visibility: hidden; opacity: 0;">'
        f"<section><p><span>{FIRST[:5]}</span><span>{FIRST[5:]}</span></p>"
        f'<h2>一、现状</h2><img data-src="x"><p>{SECOND}</p></section></div>'
        '<div id="js_pc_qr_code">微信扫一扫</div><div class="comments"><p>还没有评论</p></div>',
        '<meta property="og:title" content="别的"><meta property="og:url" content="https://a.example/b">',
    )
    heading = Heading(start=len(FIRST) + 1, end=len(FIRST) + 5, level=2)
    assert read_html(html, "a.html") == (
        f"{FIRST}\n一、现状\n{SECOND}",
        [heading],
        Meta(
            title="谈合作安全",
            authors=["林知远", "周以宁"],
            publication="远山评论",
            date="2025-02-03",
            url="https://a.example/b",
        ),
        EXTRACTED,
    )


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        ("<title>谈合作安全_远山网</title>", "<h1>谈合作安全</h1>", Meta(title="谈合作安全")),
        ("<title>谈合作安全</title>", "<h1>远山网</h1>", Meta(title="谈合作安全")),
        (
            '<meta name="ArticleTitle" content="谈合作安全"><meta name="PubDate" content="2025年2月3日">'
            '<meta name="ContentSource" content="远山评论"><meta name="author" content="林知远、周以宁">',
            "",
            Meta(
                title="谈合作安全",
                date="2025-02-03",
                publication="远山评论",
                authors=["林知远", "周以宁"],
            ),
        ),
        ('<meta property="article:published_time" content="2025-02-31T08:00">', "", Meta()),
        ('<meta property="og:url" content="javascript:alert(1)">', "", Meta()),
        ('<meta name="author" content="https://a.example/u/1">', "", Meta()),
        # 16:30 of the day before in Greenwich
        ("", '<script>var ct = "1738513800";</script>', Meta(date="2025-02-03")),
        ("", '<script>var ct = "99999999999999";</script>', Meta()),
    ],
)
def test_metadata_is_what_the_page_states(head, body, expected):
    html = page(f'{body}<div id="js_content">{BODY}</div>', head)
    assert read_html(html, "a.html")[2] == expected


@pytest.mark.parametrize(
    "container",
    ['<div class="TRS_Editor">{}</div>', "<article>{}</article>", '<div id="artibody">{}</div>'],
)
def test_the_editors_of_portals_are_known(container):
    around = '<div class="nav"><a href="/">首页</a></div>{}<div class="footer">版权所有</div>'
    assert read_html(page(around.format(container.format(BODY))), "a.html")[0] == TEXT


def test_any_other_page_goes_through_the_extraction_library():
    paragraphs = [f"第{n}段说，{FIRST}{SECOND}" for n in "一二三四五六"]
    html = page(
        '<div class="nav"><ul>'
        + "".join(f'<li><a href="/{n}">栏目{n}</a></li>' for n in range(12))
        + '</ul></div><div class="main"><div class="text">'
        + "".join(f"<p>{words}</p>" for words in paragraphs[:3])
        + "<h2>一、现状</h2>"
        + "".join(f"<p>{words}</p>" for words in paragraphs[3:])
        + f'<p hidden>看不见的{FIRST}</p><div style="display:none"><p>也看不见的{FIRST}</p></div>'
        + '</div></div><div class="footer"><p>版权所有 远山网</p></div>'
    )
    text, headings, _, repairs = read_html(html, "a.html")
    assert text.split("\n") == [*paragraphs[:3], "一、现状", *paragraphs[3:]]
    start = text.index("一、现状")
    assert headings == [Heading(start=start, end=start + 4, level=2)]
    assert repairs == EXTRACTED


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            f"<script>let 甲</script><style>p{{}}</style><!-- 乙 -->{BODY}<noscript>丙</noscript>",
            TEXT,
        ),
        (f"{BODY}<template>甲</template><iframe src=x>乙</iframe><svg><text>丙</text></svg>", TEXT),
        (f"{BODY}<form>甲<textarea>乙</textarea><button>丙</button></form><nav>丁</nav>", TEXT),
        (f'{BODY}<p hidden>甲</p><p style="DISPLAY : none !important">乙</p>', TEXT),
        (f'{BODY}<p style="visibility:hidden">甲</p>', TEXT),
        (f"{BODY}<![CDATA[甲]]>", TEXT),
        (f"{BODY}<p>甲<br>乙<br/>丙</p>", f"{TEXT}\n甲\n乙\n丙"),
        (f"{BODY}<pre>甲\n乙</pre>", f"{TEXT}\n甲\n乙"),
        (f"{BODY}<p>甲\n 乙 丙\tA\n B&nbsp;丁\u200b</p>", f"{TEXT}\n甲乙 丙 A B 丁"),
        (f"{BODY}<p>&lt;甲&gt;&amp;&#20057;&hellip;</p>", f"{TEXT}\n<甲>&乙…"),
        (f"{BODY}<p><ruby>安<rt>ān</rt></ruby>全</p>", f"{TEXT}\n安全"),
        (f"{BODY}<table><tr><td>甲<td>乙<tr><td>丙<td>丁</table>", f"{TEXT}\n甲 乙\n丙 丁"),
        (f"{BODY}<ul><li>甲<li>乙</ul>", f"{TEXT}\n甲\n乙"),
        (f"{BODY}<p>甲&#xD800;&#0;乙</p>", f"{TEXT}\n甲\ufffd\ufffd乙"),
        (f"{BODY}<p>甲\x00乙</p>", f"{TEXT}\n甲\ufffd乙"),
        (f"{BODY}<p>甲<!-- 乙", f"{TEXT}\n甲"),
        (f'{BODY}<p>甲</p><p class="', f"{TEXT}\n甲"),
        (f"{BODY}<p>甲😀👨‍👩‍👧𠀀</p>", f"{TEXT}\n甲😀👨‍👩‍👧𠀀"),
    ],
)
def test_what_of_a_container_is_text(body, expected):
    assert text_of(body) == expected


def test_an_entity_that_names_a_file_is_not_read():
    html = f'<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]><div id="js_content">{BODY}&x;</div>'
    assert read_html(html, "a.html")[0] == f"{TEXT}\n&x;"


@pytest.mark.parametrize(
    "html",
    [
        "<html></html>",
        page(""),
        page("<script>document.write('甲')</script>"),
        "<frameset><frame src=x>",
    ],
)
def test_a_page_without_text_is_refused(html):
    assert refusal(html) == "a.html: no main text found in the page; save the article as text"


@pytest.mark.parametrize(
    ("body", "finding"),
    [
        ("<div>" * 100_000 + BODY, f"tags nested more than {MAX_DEPTH} deep"),
        (
            "<p><b></b></p>" * (MAX_TAGS // 4),
            f"page of {MAX_TAGS // 4 * 4 + 9} tags, limit {MAX_TAGS}",
        ),
        (
            "<p " + " ".join(f'a{n}="1"' for n in range(100_000)) + f">{BODY}",
            f"a tag of more than {MAX_ATTRIBUTES} attributes",
        ),
    ],
)
def test_a_page_built_to_exhaust_the_parser_is_refused_at_once(body, finding):
    begin = time.process_time()
    assert refusal(page(body)) == f"a.html: {finding}; save the article as text"
    assert time.process_time() - begin < 1


@pytest.mark.parametrize(
    "body",
    [
        '<img src="data:image/png;base64,' + "A" * 2_000_000 + '">' + BODY,
        f'<svg><path d="{"M 1 2 " * 100_000}"></svg>{BODY}',
        "<br>" * 20_000 + BODY,
        "<div>" * 2000 + BODY + "</div>" * 2000,
        BODY + "<p>" + " " * 1_000_000 + "</p>",
    ],
)
def test_large_honest_pages_are_read(body):
    begin = time.process_time()
    assert text_of(body) == TEXT
    assert time.process_time() - begin < 2


@pytest.mark.parametrize(
    ("declared", "encoding", "expected"),
    [
        ("utf-8", "utf-8", ("utf-8", [])),
        ("gb2312", "gb18030", ("gb18030", [])),
        ("gbk", "gb18030", ("gb18030", [])),
        (None, "gb18030", ("gb18030", [])),
        ("utf-8", "gb18030", ("gb18030", ["declared utf-8, read as gb18030"])),
        ("gb2312", "utf-8", ("utf-8", [])),
        ("utf-16", "utf-16", ("utf-16-le", ["bom removed"])),
    ],
)
def test_the_charset_of_a_page_is_found_whatever_it_declares(declared, encoding, expected):
    meta = f'<meta charset="{declared}">' if declared else ""
    # 镕 is in GBK and not in GB 2312, 㐀 in GB18030 only
    html = page(f'<div id="js_content">{BODY}<p>镕㐀</p></div>', meta)
    article = article_from_bytes(html.encode(encoding), path="a.html")
    assert article.text == f"{TEXT}\n镕㐀"
    assert (article.source.encoding, article.source.repairs) == (
        expected[0],
        expected[1] + EXTRACTED,
    )


@pytest.mark.parametrize("declared", ["big5", "big5-hkscs", None, "gb2312", "utf-8"])
def test_a_big5_page_is_read_whatever_it_declares(declared):
    words = "各國應當加強對話，共同維護網絡空間的和平與安全。"
    meta = f'<meta charset="{declared}">' if declared else ""
    html = page(f'<div id="js_content"><p>{words}</p></div>', meta)
    article = article_from_bytes(html.encode("big5"), path="a.html")
    assert (article.text, article.source.encoding) == (words, "cp950")
    assert article.meta.script == "hant"


def test_a_lone_surrogate_of_decoded_html_is_replaced_and_recorded():
    article = article_from_html(page(f'<div id="js_content">{BODY}<p>甲\ud800</p></div>'))
    assert article.text == f"{TEXT}\n甲\ufffd"
    assert article.source.repairs == [*EXTRACTED, "lone surrogates replaced: 1"]


def test_a_fragment_is_all_main_text():
    text, headings, _, _ = read_html("<h2>一、背景</h2><p>各国应当合作。</p>", "record")
    assert text == "一、背景\n各国应当合作。"
    assert [(h.start, h.end, h.level) for h in headings] == [(0, 4, 2)]
