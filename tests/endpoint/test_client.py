"""The client against a real server on loopback: what it sends, and what it makes of bad answers."""

from __future__ import annotations

import gzip
import json
import socket
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from loopback import KEY, Answer, answer, completion

from argmine.endpoint.answers import answer_schema
from argmine.endpoint.client import MAX_ANSWER_BYTES, Client, Reply, checked_base, key_from
from argmine.errors import InputError

MESSAGES = [{"role": "system", "content": "标注"}, {"role": "user", "content": "应当对话。"}]
EMPTY = json.dumps(answer())


def ask(client):
    return client.ask(MESSAGES, answer_schema())


def finding(client):
    """What the client says is wrong; never with the key in it."""
    with pytest.raises(InputError) as caught:
        ask(client)
    assert caught.value.path == client.base
    assert KEY not in repr(caught.value) + str(caught.value)
    return caught.value.finding


def error(status, message="no", **headers):
    return Answer(json.dumps({"error": {"message": message}}).encode(), status, headers)


def test_the_question_holds_model_schema_and_key_and_no_more(server, client):
    server.answers = [completion(EMPTY, tokens=321)]
    assert ask(client) == Reply(EMPTY, 321)
    (asked,) = server.asked
    assert asked.path == "/v1/chat/completions"
    assert asked.headers["Authorization"] == f"Bearer {KEY}"
    assert asked.headers["Accept-Encoding"] == "identity"
    assert sorted(asked.body) == [
        "max_tokens", "messages", "model", "response_format", "stream", "temperature",
    ]  # fmt: skip
    assert asked.body["messages"] == MESSAGES
    form = asked.body["response_format"]
    assert (form["type"], form["json_schema"]["schema"]) == ("json_schema", answer_schema())


def test_without_a_key_no_header_is_sent(server):
    server.answers = [completion(EMPTY)]
    ask(Client(server.base, "small"))
    assert "Authorization" not in server.asked[0].headers


def test_proxies_of_the_environment_are_not_used(server, client, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    server.answers = [completion(EMPTY)]
    assert ask(client).content == EMPTY


@pytest.mark.parametrize("status", [400, 422])
def test_a_server_without_schemas_is_asked_more_plainly_once(server, client, status):
    server.answers = [error(status), error(status), completion(EMPTY)]
    ask(client)
    ask(client)
    forms = [asked.body.get("response_format", {}).get("type") for asked in server.asked]
    assert forms == ["json_schema", "json_object", None, None]
    assert sorted(server.asked[2].body) == ["messages", "model", "stream"]


def test_a_question_that_is_bad_in_every_form_does_not_change_the_next(server, client):
    server.answers = [error(400, "context too long")] * 3 + [completion(EMPTY)]
    assert finding(client) == "answers with status 400 (context too long)"
    ask(client)
    assert "json_schema" in server.asked[3].body["response_format"]


def test_too_many_requests_waits_as_long_as_asked(server, client):
    server.answers = [error(429, **{"Retry-After": "1"}), completion(EMPTY)]
    begun = time.monotonic()
    assert ask(client).content == EMPTY
    assert time.monotonic() - begun >= 1.0
    assert len(server.asked) == 2


@pytest.mark.parametrize("asked", ["-5", "nan", "soon", "²", "Mon, 99 Xxx", ""])
def test_a_wait_that_is_none_is_not_waited(server, client, asked):
    server.answers = [Answer(b"{}", 429, {"Retry-After": asked.encode().decode("latin-1")})]
    server.answers += [completion(EMPTY)]
    assert ask(client).content == EMPTY


@pytest.mark.parametrize("asked", ["9" * 30, format_datetime(datetime.now(UTC) + timedelta(9))])
def test_the_wait_has_a_limit(server, client, monkeypatch, asked):
    monkeypatch.setattr("argmine.endpoint.client.MAX_WAIT", 0.05)
    server.answers = [error(503, **{"Retry-After": asked}), completion(EMPTY)]
    begun = time.monotonic()
    assert ask(client).content == EMPTY
    assert time.monotonic() - begun < 1.0


def test_a_server_that_fails_for_ever_is_left_after_four_tries(server, client):
    server.answers = [error(500, "out of memory")]
    assert finding(client) == "answers with status 500 (out of memory)"
    assert len(server.asked) == 4


@pytest.mark.parametrize(
    ("status", "remedy"),
    [
        (401, "check the key (--key-env)"),
        (403, "check the key (--key-env)"),
        (404, "check --endpoint and --endpoint-model"),
        (418, "see the log of the server"),
    ],
)
def test_a_refusal_is_told_once_and_with_its_remedy(server, client, status, remedy):
    server.answers = [error(status)]
    with pytest.raises(InputError) as caught:
        ask(client)
    assert caught.value.remedy == remedy
    assert len(server.asked) == 1


def test_a_server_that_repeats_the_key_does_not_make_argmine_tell_it(server, client):
    server.answers = [error(401, f"bad header: Bearer {KEY}")]
    assert finding(client) == "answers with status 401 (bad header: Bearer ***)"


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b'{"error": "model not found"}', "model not found"),
        (b'{"error": {"message": ["x"]}}', "no reason given"),
        (b"<html>Not Found</html>", "no reason given"),
        (b'{"error": "' + b"x" * 5000 + b'"}', "x" * 200),
    ],
)
def test_the_reason_of_a_refusal_is_shown_in_short(server, client, body, shown):
    server.answers = [Answer(body, 404)]
    assert finding(client) == f"answers with status 404 ({shown})"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(server, client, status):
    elsewhere = server.base.replace("127.0.0.1", "localhost") + "/elsewhere"
    server.answers = [Answer(b"", status, {"Location": elsewhere}), completion(EMPTY)]
    assert finding(client) == f"answers with a redirect ({status}), which is not followed"
    assert len(server.asked) == 1


def test_an_answer_of_five_megabytes_is_not_read(server, client):
    server.answers = [completion("x" * 5_000_000)]
    assert finding(client) == f"answers with more than {MAX_ANSWER_BYTES} bytes"


def test_a_gzip_bomb_is_not_unpacked(server, client):
    server.answers = [Answer(gzip.compress(bytes(50_000_000)), 200, {"Content-Encoding": "gzip"})]
    assert finding(client) == "answers in a compressed form that was not asked for"


@pytest.mark.parametrize(
    "slow", [Answer(b"{}", delay=1.0), Answer(b"{}" + b" " * 400, drip=0.01)], ids=["late", "drips"]
)
def test_a_slow_answer_is_given_up_in_time_and_not_asked_for_again(server, slow):
    client = Client(server.base, "small", KEY, timeout=0.3, first_wait=0.01)
    server.answers = [slow]
    begun = time.monotonic()
    assert finding(client) == "no answer within 0.3 seconds"
    assert time.monotonic() - begun < 0.9
    assert len(server.asked) == 1


def test_a_server_that_is_not_there_is_named():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    client = Client(f"http://127.0.0.1:{port}/v1", "small", KEY, first_wait=0.01)
    assert finding(client) == "cannot be reached (Connection refused)"


@pytest.mark.parametrize(
    "wrong",
    [
        Answer(b""),
        Answer(b"<html>login</html>", headers={"Content-Type": "text/html"}),
        Answer(b"[]"),
        Answer(b'{"choices": []}'),
        Answer(b'{"choices": [{"message": {"content": null}}]}'),
        Answer(b'{"choices": [{"message": "x"}]}'),
        Answer(b'{"choices": [{"message": {"content": ["x"]}}]}'),
        Answer(b'{"choices": NaN}'),
        Answer(b"\xff\xfe{}"),
        Answer(completion(EMPTY).body, cut_at=40),
        Answer(b"[" * 100_000),
    ],
)
def test_what_is_no_completion_is_refused(server, client, wrong):
    server.answers = [wrong]
    assert finding(client) == "answers with no chat completion"


def test_an_answer_at_its_limit_is_refused(server, client):
    server.answers = [completion(EMPTY, finish="length")]
    assert finding(client) == "the answer breaks off at its limit"


def test_a_completion_of_another_content_type_is_read(server, client):
    good = completion(EMPTY)
    server.answers = [Answer(good.body, headers={"Content-Type": "text/plain"})]
    assert ask(client).content == EMPTY


@pytest.mark.parametrize("tokens", [None, -5, 0, True, "100", 1.5])
def test_without_a_count_of_tokens_characters_count(server, client, tokens):
    server.answers = [completion(EMPTY, tokens)]
    assert ask(client).tokens == sum(len(m["content"]) for m in MESSAGES) + len(EMPTY)


@pytest.mark.parametrize(
    ("address", "wrong"),
    [
        ("file:///etc/passwd", "is no http or https address"),
        ("ftp://example.org/v1", "is no http or https address"),
        ("127.0.0.1:8080/v1", "is no http or https address"),
        ("http:///v1", "is no http or https address"),
        ("http://host:port/v1", "is no http or https address"),
        ("http://host:99999/v1", "is no http or https address"),
        ("http://host\r\nX: y/v1", "is no http or https address"),
        ("http://ho st/v1", "is no http or https address"),
        ("http://[::1/v1", "is no http or https address"),
        ("", "is no http or https address"),
        ("http://me:geheim@host/v1", "holds a user name or a password"),
        ("https://geheim@host/v1", "holds a user name or a password"),
        ("https://host/v1?key=geheim", "holds more than host and path"),
        ("https://host/v1#geheim", "holds more than host and path"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_and_not_repeated(address, wrong):
    with pytest.raises(InputError) as caught:
        checked_base(address)
    assert caught.value.finding == wrong
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:8080/v1", "https://host.example/a/v1/", "http://[::1]:8080/v1"]
)
def test_an_address_is_kept_without_its_last_slash(address):
    assert checked_base(address) == address.rstrip("/")


@pytest.mark.parametrize(
    ("value", "key"),
    [("sk-1", "sk-1"), (" sk-1\n", "sk-1"), ("1|a.b-c_d~e+f/g=", "1|a.b-c_d~e+f/g=")],
)
def test_the_key_is_what_the_variable_holds(monkeypatch, value, key):
    monkeypatch.setenv("MY_KEY", value)
    assert key_from("MY_KEY") == key
    assert key_from(None) == ""


@pytest.mark.parametrize("value", ["", "  ", "sk 1", "sk-1\r\nHost: x", "密钥", 'sk"1', "sk\\1"])
def test_what_is_no_key_is_refused_and_not_repeated(monkeypatch, value):
    monkeypatch.setenv("MY_KEY", value)
    with pytest.raises(InputError) as caught:
        key_from("MY_KEY")
    assert not value.strip() or value not in str(caught.value)


def test_a_key_given_in_place_of_a_name_is_not_repeated():
    with pytest.raises(InputError) as caught:
        key_from(KEY)
    assert KEY not in str(caught.value)
