"""Answers are cut down to what the allow-list names; what stays keeps its bytes."""

import pytest

from proxy.errors import AdapterInvalid, UnreadableBody
from proxy.rewrite import keep_only

ANSWER = b'{ "id" : "r1",\n "learner":{"id":"p1","name":"Z"}, "score":{"scaled":0.50,"raw":NaN}, "list":[{"a":1,"b":2},{"b":3},[], 7] }'


@pytest.mark.parametrize(
    ("pointers", "left"),
    [
        (["/id"], b'{ "id" : "r1"}'),
        (["/score"], b'{ "score":{"scaled":0.50,"raw":NaN}}'),
        (["/score/scaled", "/learner/id"], b'{\n "learner":{"id":"p1"}, "score":{"scaled":0.50}}'),
        (["/list/*/a"], b'{ "list":[{"a":1},{},[]] }'),
        (["/list/1"], b'{ "list":[{"b":3}] }'),
        (["/nothing"], b"{}"),
        ([], b"{}"),
        (["/id/deeper"], b"{}"),
        (["/**/scaled"], b'{ "score":{"scaled":0.50}}'),
        (["/learner/**"], b'{\n "learner":{"id":"p1","name":"Z"}}'),
    ],
)
def test_only_what_is_named_stays(pointers, left):
    assert keep_only(ANSWER, pointers) == left


@pytest.mark.parametrize("pointers", [[""], ["/id", "/learner", "/score", "/list"], ["/**"], ["/*"]])
def test_an_answer_that_is_wholly_allowed_is_the_same_object(pointers):
    assert keep_only(ANSWER, pointers) is ANSWER


def test_empty_lists_and_objects_on_the_way_stay():
    assert keep_only(b'{"list":[],"o":{},"x":[]}', ["/list/*/id", "/o/id"]) == b'{"list":[],"o":{}}'


def test_a_bare_value_is_not_an_answer():
    assert keep_only(b' "Zoe"', ["/id"]) == b"null"
    assert keep_only(b"[1, 2]", ["/1"]) == b"[ 2]"


@pytest.mark.parametrize("body", [b"", b"{", b'{"a":1,"a":2}', b"\xff", b"[" * 30, b"<html>"])
def test_malformed_answers_refuse(body):
    with pytest.raises(UnreadableBody):
        keep_only(body, ["/a"])


def test_a_bad_pointer_refuses():
    with pytest.raises(AdapterInvalid):
        keep_only(b"{}", ["a"])
