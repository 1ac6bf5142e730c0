"""Results in any form: what is written is read again, and whatever comes is read or refused, never anything else."""

import json
from contextlib import suppress
from urllib.parse import parse_qsl, urlencode

from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.adapters import postback
from proxy.errors import ProxyError
from proxy.message import Direction, Headers, Message
from proxy.passage.postback_spec import PostbackSpec
from proxy.passage.postback_wire import basic_header, order_of, read, registration_of, rewritten, write

QUICK = settings(max_examples=200, deadline=None)
sound = st.characters(exclude_categories=("Cs", "Cc"))
texts = st.text(sound, max_size=30)
logins = st.text(sound, min_size=1, max_size=20).filter(lambda text: ":" not in text)
medias = st.sampled_from([postback.JSON, postback.FORM, postback.XML, postback.TEXT_XML, "text/plain", ""])
charsets = st.sampled_from(["", "utf-8", "iso-8859-1", "utf-16"])


def message(media, body, *, charset="utf-8", headers=()):
    return Message(Direction.INWARD, "POST", 0, "/", Headers(headers), media, charset, body)


@QUICK
@given(texts, texts, logins, texts)
def test_what_a_form_says_is_read_and_written_for_the_other_side(ident, name, user, password):
    result = json.dumps({"id": ident, "learner": {"id": name}}, ensure_ascii=False)
    form = urlencode({"data": result, "userName": user, "password": password})

    came = read(message(postback.FORM, form.encode()))
    headers, body = write(came, came.result.body, PostbackSpec("https://x", "FORM", "hook", password, "COURSE", False))

    assert (came.login.user, came.login.password) == (user, password)
    assert registration_of(came) == ident
    expected = [("data", result), ("userName", "hook"), ("password", password)]
    assert parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=True) == expected
    assert headers == [("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")]
    assert parse_qsl(rewritten(came, came.result.body)[1].decode(), keep_blank_values=True)[0] == ("data", result)


@QUICK
@given(logins, texts)
def test_a_basic_login_is_read_as_it_was_written(user, password):
    came = read(message(postback.JSON, b"{}", headers=[("Authorization", basic_header(user, password))]))

    assert (came.login.user, came.login.password) == (user, password)


@QUICK
@given(medias, charsets, st.one_of(st.binary(max_size=200), texts.map(str.encode)), texts)
def test_whatever_comes_is_read_or_refused(media, charset, body, login):
    with suppress(ProxyError):
        came = read(message(media, body, charset=charset, headers=[("authorization", login)]))
        registration_of(came)
        order_of(came)


@QUICK
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | texts, st.lists, max_leaves=8))
def test_the_order_of_odd_results_is_told_or_unknown(odd):
    for name in ("id", "instance", "updated"):
        told = {"id": "r", "instance": 0, "updated": "2026-05-04T10:15:30Z"} | {name: odd}
        with suppress(ProxyError):
            order = order_of(read(message(postback.JSON, json.dumps(told).encode())))
            assert order is None or order.stamp > 0
