"""Query strings and forms: what a launch address says of a learner is found, and nothing else is touched."""

import pytest

from proxy.errors import FieldInvalid, FieldMissing, UnknownField, UnreadableBody
from proxy.fields import Body, Field, Keys, Place, Shape, Treat, form, query, url
from proxy.message import Message
from proxy.people import Direction, Kind, Substitution
from proxy.rewrite import find, put

LAUNCH_KEYS = Keys(named=("methodName", "tenant", "launchsecret"))
LAUNCH_FIELDS = (
    Field(query("learnerid", role="LEARNER_ID"), Kind.SUBJECT, required=True),
    Field(query("fname", role="LEARNER_FNAME"), Kind.GIVEN),
    Field(query("lname", role="LEARNER_LNAME"), Kind.FAMILY),
    Field(query("regid", role="_REGISTRATION_ARGUMENT"), Kind.REGISTRATION, Treat.TOKEN),
)
LAUNCH = Shape(fields=LAUNCH_FIELDS, keys=LAUNCH_KEYS)


def request(target: str, **more: object) -> Message:
    return Message(Direction.OUTWARD, "GET", target=target, **more)


def values(message: Message, shape: Shape, **more: object) -> dict[str, str]:
    return {one.place: one.value.reveal() for one in find(message, shape, **more).findings}


def replaced(message: Message, shape: Shape, texts: dict[str, str | None], **more: object) -> Message:
    found = find(message, shape, **more)
    return put(message, found, [Substitution(one, texts[one.place]) for one in found.findings if one.place in texts])


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("Zo%C3%AB%20M%C3%BCller-%C3%98sterg%C3%A5rd", "Zoë Müller-Østergård"),
        ("Zo%c3%ab+Ann", "Zoë Ann"),
        ("O'Brien", "O'Brien"),
        ("%E6%9D%8E%E5%B0%8F%E9%BE%99", "李小龙"),
        ("%D7%93%D7%95%D7%93", "דוד"),
        ("x" * 200, "x" * 200),
        ("a%26b%3Dc", "a&b=c"),
        ("a=b", "a=b"),
    ],
)
def test_a_name_is_read_as_it_was_meant_and_its_replacement_reads_the_same(raw, name):
    message = request(f"/launch?learnerid=7&lname={raw}")
    assert values(message, LAUNCH)['query("lname")'] == name
    other = replaced(message, LAUNCH, {'query("lname")': name + "!"})
    assert values(other, LAUNCH)['query("lname")'] == name + "!"


def test_everything_around_a_replaced_value_keeps_its_bytes():
    message = request("/a%2fb?tenant=t%2d1&learnerid=s12&&methodName=2024+01+01&launchsecret=")
    clean = replaced(message, LAUNCH, {'query("learnerid")': "pö/1"})
    assert clean.target == "/a%2fb?tenant=t%2d1&learnerid=p%C3%B6%2F1&&methodName=2024+01+01&launchsecret="


def test_nothing_to_do_returns_the_very_message():
    message = request("/launch?learnerid=a+b&lname=%5a")
    found = find(message, LAUNCH)
    assert put(message, found, []) is message
    assert put(message, found, [Substitution(one, one.value.reveal()) for one in found.findings]) is message


def test_keys_are_matched_whatever_their_case_and_encoding():
    assert values(request("/launch?LearnerID=s1"), LAUNCH) == {'query("learnerid")': "s1"}
    assert values(request("/launch?%6cearnerid=s1"), LAUNCH) == {'query("learnerid")': "s1"}
    clean = replaced(request("/launch?%4CearnerID=s1"), LAUNCH, {'query("learnerid")': "p"})
    assert clean.target == "/launch?%4CearnerID=p"


@pytest.mark.parametrize("twin", ["learnerid=b", "LEARNERID=b", "%6Cearnerid=b", "learnerid"])
def test_a_second_learner_id_refuses(twin):
    with pytest.raises(UnreadableBody) as caught:
        find(request(f"/launch?learnerid=a&{twin}"), LAUNCH)
    assert caught.value.reason == "duplicate-key"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("%zz", "stray-percent"),
        ("100%", "stray-percent"),
        ("%C3%28", "not-utf-8"),
        ("%FF", "not-utf-8"),
        ("%ED%A0%80", "not-utf-8"),
        ("%C0%AF", "not-utf-8"),
        ("%00", "control-character"),
        ("a%0Ab", "control-character"),
        ("a%7fb", "control-character"),
        ("a\x01b", "control-character"),
        ("Zoë", "target-characters"),
        ("a#b", "target-characters"),
    ],
)
@pytest.mark.parametrize("key", ["learnerid", "tenant"])
def test_malformed_queries_refuse_whichever_value_it_is(key, raw, reason):
    other = "tenant=1" if key == "learnerid" else "learnerid=1"
    with pytest.raises(UnreadableBody) as caught:
        find(request(f"/launch?{key}={raw}&{other}"), LAUNCH)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    "target", ["/launch", "/launch?", "/launch?learnerid=", "/launch?learnerid", "/launch?learnerid=%20"]
)
def test_a_launch_without_learner_id_refuses(target):
    with pytest.raises(FieldMissing) as caught:
        find(request(target), LAUNCH)
    assert caught.value.place == 'query("learnerid")'


def test_unknown_keys_are_refused_dropped_or_passed_as_declared():
    message = request("/launch?learnerid=1&shoe=42&%73ize=4")
    with pytest.raises(UnknownField):
        find(message, LAUNCH)
    dropping = Shape(fields=LAUNCH_FIELDS, keys=Keys(others="drop"))
    assert put(message, find(message, dropping), []).target == "/launch?learnerid=1"
    passing = Shape(fields=LAUNCH_FIELDS, keys=Keys(others="pass"))
    assert put(message, find(message, passing), []) is message
    assert put(request("/x?a=1"), find(request("/x?a=1"), Shape(keys=Keys(others="drop"))), []).target == "/x"
    with pytest.raises(UnknownField):
        find(request("/x?a=1"), Shape())


def test_answers_have_no_query_to_police():
    find(Message(Direction.INWARD, status=200), Shape())


def test_a_registered_package_names_the_keys():
    roles = {"LEARNER_ID": "StudentNumber", "_REGISTRATION_ARGUMENT": ""}
    message = request("/launch?studentnumber=77&lname=Kim&regid=_new_")
    assert values(message, LAUNCH, roles=roles) == {
        'query("learnerid")': "77",
        'query("lname")': "Kim",
        'query("regid")': "_new_",
    }
    with pytest.raises(UnknownField):  # the default key is not this package's
        find(request("/launch?StudentNumber=7&learnerid=8"), LAUNCH, roles=roles)


def test_a_role_wins_over_the_default_key_of_another():
    found = values(request("/launch?fname=77"), LAUNCH, roles={"LEARNER_ID": "fname"})
    assert found == {'query("learnerid")': "77"}


@pytest.mark.parametrize("bad", ["a%20b", "a/b", "x" * 256, "%C3%AB"])
def test_a_token_holds_nothing_but_its_alphabet(bad):
    with pytest.raises(FieldInvalid) as caught:
        find(request(f"/launch?learnerid=1&regid={bad}"), LAUNCH)
    assert caught.value.reason == "not-a-token"


def test_drop_takes_the_pair_and_blank_the_value():
    shape = Shape(
        fields=(Field(query("a"), Kind.URL, Treat.DROP), Field(query("b"), Kind.URL, Treat.BLANK)),
        keys=Keys(named=("c",)),
    )
    assert put(request("/x?a=1&b=2&c=3"), find(request("/x?a=1&b=2&c=3"), shape), []).target == "/x?b=&c=3"
    assert put(request("/x?a=1"), find(request("/x?a=1"), shape), []).target == "/x"


def test_a_substitution_of_nothing_removes_the_pair():
    assert replaced(request("/l?learnerid=1&lname=x"), LAUNCH, {'query("lname")': None}).target == "/l?learnerid=1"


def form_message(body: bytes) -> Message:
    return request("/commit", media="application/x-www-form-urlencoded", body=body)


def form_shape(*fields: Field) -> Shape:
    return Shape(body=Body.READ, media=("application/x-www-form-urlencoded",), fields=fields)


def test_forms_may_have_lines_and_any_other_field():
    shape = form_shape(Field(form("msg"), Kind.FREE_TEXT, Treat.TEXT))
    message = form_message(b"x=%0D%0A&msg=one%0Atwo+three&y")
    assert values(message, shape) == {'form("msg")': "one\ntwo three"}
    clean = replaced(message, shape, {'form("msg")': "é &"})
    assert clean.body == b"x=%0D%0A&msg=%C3%A9%20%26&y"


def test_an_identity_with_a_line_break_refuses():
    with pytest.raises(FieldInvalid):
        find(form_message(b"name=a%0Ab"), form_shape(Field(form("name"), Kind.NAME)))


NESTED: Place = query("URL") / url() / query("learnerid")


def test_an_address_in_an_address_is_opened_and_closed_level_by_level():
    shape = Shape(fields=(Field(NESTED, Kind.SUBJECT),), keys=Keys(named=("t", "cachebuster")))
    message = request("/h?cachebuster=1&URL=https%3A%2F%2Fc.example%2Fd%3Flearnerid%3DZo%25C3%25AB%26t%3D1%23frag")
    assert list(values(message, shape).values()) == ["Zoë"]
    clean = replaced(message, shape, {str(NESTED): "p1"})
    assert clean.target == "/h?cachebuster=1&URL=https%3A%2F%2Fc.example%2Fd%3Flearnerid%3Dp1%26t%3D1%23frag"


def test_the_key_policy_holds_in_nested_addresses_too():
    shape = Shape(fields=(Field(NESTED, Kind.SUBJECT),))
    with pytest.raises(UnknownField):
        find(request("/h?URL=https%3A%2F%2Fc.example%2Fd%3Flearnerid%3D1%26student%3DZoe"), shape)


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "ftp://c.example/",
        "data:,x",
        "https://zoe@c.example/",
        "https://",
        "https:c.example",
        "https:///x",
        "//",
        "https://c.example\\@evil",
        " https://c.example/",
        "https://c.ex ample/",
        "https://c.example:x/",
    ],
)
def test_addresses_that_browsers_and_servers_read_differently_refuse(address):
    shape = Shape(fields=(Field(query("u") / url(), Kind.URL, Treat.SEAL),))
    with pytest.raises(FieldInvalid):
        find(request("/x?u=" + address.replace(" ", "%20")), shape)


@pytest.mark.parametrize(
    "address", ["https://c.example/a", "http://127.0.0.1:80/", "/a?b", "a/b", "//c.example", "?q", "https://[::1]:8/x"]
)
def test_ordinary_addresses_pass(address):
    shape = Shape(fields=(Field(query("u") / url(), Kind.URL, Treat.SEAL),))
    assert values(request("/x?u=" + address), shape) == {'query("u") / url()': address}
