"""Holder, addressee, subtype and strength: named where the words say so, else left out."""

from __future__ import annotations

import pytest


def details(nlp, text):
    """Label, holder, addressee, subtype or strength of each unit, with labels as marked."""
    doc = nlp(text)
    return [
        (unit["label"], unit["holder"], unit["addressee"], unit["subtype"] or unit["strength"])
        for unit in doc.spans["units"].attrs.values()
    ]


def voices(text, label):
    """Holder and addressee of the whole text taken as one unit."""
    import spacy

    from argmine.lexicons import read_lexicon
    from argmine.tag.details import UnitDetails

    nlp = spacy.blank("zh")
    nlp.add_pipe("argmine_mentions")
    names = ("unit_details", "addressing", "saying", "mention_contexts")
    lexicons = map(read_lexicon, names)
    rules = UnitDetails(*lexicons)
    return rules.voices(nlp(text), [0], [len(text)], [label])[0]


@pytest.mark.parametrize(
    ("text", "addressee"),
    [
        ("各国应当建立通报机制。", "各国"),
        ("因此，发达国家须提供援助。", "发达国家"),
        ("面对新的风险，我国要完善制度。", "中国"),
        ("我们呼吁国际社会给予支持。", "国际社会"),
        ("敦促美方停止封锁。", "美国"),
        ("各国和国际组织都应参与。", "各国"),
        ("加强与美国的沟通。", None),
        ("推动美国企业在华投资，应当放宽准入。", None),
        ("完善法律，健全制度。", None),
        ("要防止美国的制裁扩大。", None),
        ("各国，尤其是大国，没有退路。", None),
    ],
)
def test_the_addressee_is_the_actor_that_is_told_to_act(text, addressee):
    assert voices(text, "recommendation") == ("author", addressee)


@pytest.mark.parametrize(
    ("text", "holder"),
    [
        ("美国国务院发言人表示，将继续对话。", "美国国务院"),
        ("2023年10月，中国提出一项倡议。", "中国"),
        ("习近平主席在会上指出，安全不可分割。", "习近平"),
        ("白宫还警告说，后果严重。", "美国"),
        ("美国一家咨询公司认为，风险上升。", None),
        ("美国学者指出，风险上升。", None),
        ("他对美国采取措施，比如说封锁海峡。", "author"),
        ("外交部对美国表示强烈不满。", "中国外交部"),
        ("美国国务卿约翰·史密斯表示，将继续对话。", "约翰·史密斯"),
        ("某研究院院长李晓明指出，风险上升。", "李晓明"),
        ("美国的出口下降了两成。", "author"),
        ("报告显示，风险上升。", "author"),
    ],
)
def test_the_holder_is_the_actor_that_speaks(text, holder):
    assert voices(text, "evidence") == (holder, None)


def test_a_claim_is_the_authors():
    assert voices("美国表示，这不可接受。", "claim") == ("author", None)


def test_subtype_and_strength_follow_their_cues(nlp):
    text = "据统计，2024年损失达到320亿美元，同比增长21%。\n各国必须建立通报机制。\n"
    assert details(nlp, text) == [
        ("evidence", "author", None, "statistic"),
        ("recommendation", "author", "各国", "must"),
    ]
