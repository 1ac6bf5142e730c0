"""Who is meant by an agent, what is none, and that only what names somebody changes its spelling."""

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.errors import FieldInvalid, UnknownField
from proxy.people import Kind
from proxy.rewrite import Reading, read_agents

NAMES = [
    "Zoë Müller-Østergård",
    "O'Brien",
    "李小龙",
    "Teller",
    "محمد بن علي",
    "n" * 200,
    'Q " \\ </b>',
    "a\u2028b\u200f",
]
MBOX = {"mbox": "mailto:zoe@uni.example"}
SHA1 = {"mbox_sha1sum": "0123456789abcdefABCDEF012345678901234567"}
OPENID = {"openid": "https://id.example/zoë"}
ACCOUNT = {"account": {"homePage": "https://lms.example", "name": "s 1"}}
GROUP = {"objectType": "Group"}


def said(value, reading=Reading.STRICT, **how):
    """What is read: (who, kind, text) of each part."""
    parts = read_agents(json.dumps(value), reading, **how).parts
    return [(part.who, part.kind, part.value.reveal()) for part in parts]


@pytest.mark.parametrize("reading", Reading)
@pytest.mark.parametrize(
    ("agent", "kind", "text"),
    [
        (MBOX, Kind.EMAIL, MBOX["mbox"]),
        ({"mbox": "MAILTO:zoe@uni.example"}, Kind.EMAIL, "MAILTO:zoe@uni.example"),
        (SHA1, Kind.EMAIL_SHA1, SHA1["mbox_sha1sum"]),
        (OPENID, Kind.OPENID, OPENID["openid"]),
        (ACCOUNT, Kind.ACCOUNT, "https://lms.example s 1"),
        (GROUP | MBOX, Kind.EMAIL, MBOX["mbox"]),
        (MBOX | {"objectType": "Agent"}, Kind.EMAIL, MBOX["mbox"]),
    ],
)
def test_every_identifier_is_read(agent, kind, text, reading):
    assert said(agent, reading) == [(0, kind, text)]
    assert said({"name": "Zoë"} | agent, reading) == [(0, kind, text), (0, Kind.NAME, "Zoë")]


def test_members_are_people_of_their_own_and_a_group_may_be_nameless():
    group = GROUP | {"name": "Team", "member": [MBOX | {"name": "Zoë"}, ACCOUNT]}
    assert said(group) == [
        (0, Kind.NAME, "Team"),
        (1, Kind.EMAIL, MBOX["mbox"]),
        (1, Kind.NAME, "Zoë"),
        (2, Kind.ACCOUNT, "https://lms.example s 1"),
    ]
    assert said(GROUP | {"member": []}) == []
    assert said(GROUP | OPENID | {"member": [MBOX]}) == [
        (0, Kind.OPENID, OPENID["openid"]),
        (1, Kind.EMAIL, MBOX["mbox"]),
    ]


OLD = {
    "objectType": "Person",
    "name": ["Zoë M", "Zoë"],
    "givenName": ["Zoë"],
    "lastName": "M",
    "account": [{"accountServiceHomePage": "https://lms.example", "accountName": "s 1"}],
    "openid": [OPENID["openid"]],
    "mbox": [MBOX["mbox"]],
}


def test_old_properties_are_lists_and_the_mailbox_says_who_she_is():
    assert said(OLD, Reading.OLD) == [
        (0, Kind.EMAIL, MBOX["mbox"]),
        (0, Kind.OPENID, OPENID["openid"]),
        (0, Kind.ACCOUNT, "https://lms.example s 1"),
        (0, Kind.NAME, "Zoë M"),
        (0, Kind.NAME, "Zoë"),
        (0, Kind.GIVEN, "Zoë"),
        (0, Kind.FAMILY, "M"),
    ]
    with pytest.raises(FieldInvalid, match="object-type"):
        said(OLD)


REFUSED = {
    "agent-member": [
        MBOX | {"email": "a@b.example"},
        {"Mbox": MBOX["mbox"]},
        MBOX | {"givenName": "Zoë"},
        MBOX | {"": 1},
    ],
    "account-member": [{"account": ACCOUNT["account"] | {"email": "x"}}],
    "no-identifier": [{}, {"name": "Zoë"}, {"objectType": "Agent"}, GROUP, GROUP | {"name": "Team"}],
    "two-identifiers": [MBOX | SHA1, ACCOUNT | OPENID, GROUP | MBOX | OPENID],
    "agent-with-members": [MBOX | {"member": []}, MBOX | {"objectType": "Agent", "member": [ACCOUNT]}],
    "group-as-member": [GROUP | {"member": [GROUP | MBOX]}, GROUP | {"member": [GROUP | {"member": [MBOX]}]}],
    "not-a-list": [GROUP | {"member": MBOX}, GROUP | {"member": None}],
    "not-an-object": [[MBOX], "mailto:zoe@uni.example", 7, None, True, GROUP | {"member": ["x"]}],
    "object-type": [MBOX | {"objectType": one} for one in ("agent", "Activity", 5, None, ["Agent"], "Person")],
    "not-text": [MBOX | {"name": one} for one in (5, None, ["Zoë"], {"en": "Zoë"}, True)],
    "mbox": [
        {"mbox": one}
        for one in ("zoe@uni.example", "mailto:zoe", "mailto:", " mailto:a@b", "mailto:a b@c", [MBOX["mbox"]], 5)
    ],
    "mbox-sha1sum": [{"mbox_sha1sum": one} for one in ("0" * 39, "g" * 40, "", None, 5, " " + "0" * 39)],
    "openid": [{"openid": one} for one in ("id.example/zoe", "", "https://a b", None, {})],
    "account": [
        {"account": one}
        for one in (
            {},
            {"homePage": "https://lms.example"},
            {"name": "s1"},
            {"homePage": "lms.example", "name": "s1"},
            {"homePage": "https://lms.example", "name": " "},
            {"homePage": "https://lms.example", "name": 5},
            [ACCOUNT["account"]],
            "s1",
            {"accountServiceHomePage": "https://lms.example", "accountName": "s1"},
        )
    ],
    "too-many-members": [GROUP | {"member": [MBOX] * 1000}, GROUP | {"member": [MBOX] * 10_000}],
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_is_not_exactly_an_agent_is_refused_with_its_reason(reason):
    for agent in REFUSED[reason]:
        with pytest.raises((FieldInvalid, UnknownField)) as refusal:
            said(agent)
        assert refusal.value.reason == reason, agent
        assert "zoe" not in str(refusal.value)
        said(agent, Reading.LENIENT)


def test_nine_hundred_and_ninety_nine_members_are_a_group():
    assert len(said(GROUP | {"member": [MBOX] * 999})) == 999


@pytest.mark.parametrize(
    "other", [{"id": "x:y"}, {"objectType": "Activity", "id": "x:y"}, {"objectType": "StatementRef"}]
)
def test_where_an_object_stands_other_things_are_left_alone(other):
    assert said(other, may_be_other=True) == []
    assert said(MBOX | {"objectType": "Agent"}, may_be_other=True) == [(0, Kind.EMAIL, MBOX["mbox"])]
    for key in ("mbox", "account", "member", "name", "givenName"):
        with pytest.raises(UnknownField):
            said(other | {key: "x"}, may_be_other=True)
    for wrong in ({"objectType": "agent"} | MBOX, [MBOX], "x"):
        with pytest.raises(FieldInvalid):
            said(wrong, may_be_other=True)


@pytest.mark.parametrize("name", NAMES)
def test_what_does_not_change_keeps_its_spelling(name):
    text = '{ "mbox" : "mailto:z\\u006fe@uni.example",\t"objectType":"\\u0041gent", "name":' + json.dumps(name) + " }"
    read = read_agents(text, Reading.STRICT)
    assert read.written({}) == text
    assert read.written({0: ["mailto:zoe@uni.example"], 1: [name]}) == text
    told = read.written({0: ["mailto:x@y"], 1: ['"q"']})
    assert told == '{ "mbox" : "mailto:x@y",\t"objectType":"\\u0041gent", "name":"\\"q\\"" }'


TEXTS = st.sampled_from(NAMES) | st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
SEEN = TEXTS.filter(str.strip)
IDENTIFIERS = st.one_of(
    st.builds(lambda one: {"mbox": f"mailto:{one}@uni.example"}, st.text("abcé.+'", min_size=1, max_size=9)),
    st.builds(lambda one: {"mbox_sha1sum": one}, st.text("0123456789abcdefABCDEF", min_size=40, max_size=40)),
    st.builds(lambda one: {"openid": f"https://id.example/{one}"}, st.text("abcé.-/", max_size=9)),
    st.builds(lambda one: {"account": {"name": one, "homePage": "https://lms.example/x"}}, SEEN),
)
AGENTS = st.builds(lambda one, name: one | name, IDENTIFIERS, st.just({}) | st.builds(lambda one: {"name": one}, TEXTS))
GROUPS = st.builds(
    lambda one, members: GROUP | one | {"member": members}, st.just({}) | AGENTS, st.lists(AGENTS, max_size=4)
)


@settings(max_examples=150, deadline=None)
@given(AGENTS | GROUPS, st.booleans(), st.sampled_from([None, 1]))
def test_any_valid_agent_gives_up_what_it_says_and_takes_it_back(agent, ascii_only, indent):
    text = json.dumps(agent, ensure_ascii=ascii_only, indent=indent)
    read = read_agents(text, Reading.STRICT)
    told = read.written({number: [f"X{number}"] * len(part.spans) for number, part in enumerate(read.parts)})
    plain = json.dumps(json.loads(told))
    for number, part in enumerate(read.parts):
        assert f'"X{number}"' in plain
        kept = part.value.reveal().partition(" ")[2] if part.kind is Kind.ACCOUNT else part.value.reveal()
        assert json.dumps(kept) not in plain
    back = read_agents(told, Reading.LENIENT)
    assert back.text == told
    originals = {
        number: [json.loads(text[slice(*span)]) for span in part.spans] for number, part in enumerate(read.parts)
    }
    assert json.loads(read.written(originals)) == agent
    assert read.written(originals) == text


KEYS = st.sampled_from(
    ["objectType", "mbox", "mbox_sha1sum", "openid", "account", "name", "member", "homePage", "givenName"]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | TEXTS
    | st.sampled_from(["Agent", "Group", "Person", MBOX["mbox"], "0" * 40])
)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)


@settings(max_examples=300, deadline=None)
@given(ANYTHING, st.sampled_from(list(Reading)), st.booleans())
def test_whatever_stands_there_is_read_or_refused(value, reading, may_be_other):
    text = json.dumps(value)
    with suppress(FieldInvalid, UnknownField):
        read = read_agents(text, reading, may_be_other=may_be_other)
        assert read.written({}) == text
    assert read_agents(text, Reading.LENIENT).text == text
