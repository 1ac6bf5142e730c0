"""Forms in which entries leave: the same entries come back, and nothing in them can act on whoever opens them."""

import csv
import io
import json
import re
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

from proxy.audit import Event
from proxy.audit.export import (
    CLASSES,
    csv_head,
    csv_line,
    json_line,
    ocsf_line,
    octets_counted,
    parse_csv,
    parse_json,
    parse_ocsf,
    plain,
    syslog_message,
)
from proxy.audit.export.ocsf import VERSION
from proxy.audit.export.plain import from_plain
from proxy.store import AuditRecord, AuditRow

TOKEN = "sv1abcd" + "e" * 33
PRINTABLE = re.compile(r"[ -~]*")
NASTY = (
    "=cmd|' /C calc'!A0",
    "+1",
    "-2",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "'quoted",
    '"=1',
    "a\n=b",
    "a;=b",
    "\x1b]0;owned\x07",
    "\x9b31m",
    "\u202ecod.exe",
    "\\u003d",
    "\\",
    "李小龙",
    "\U0001f600",
    "",
)
# What somebody who owns the database can put into a row, by chance or on purpose.
texts = st.one_of(st.sampled_from(NASTY), st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
entries = st.builds(
    AuditRecord,
    at=st.integers(-(2**63), 2**63 - 1) | st.integers(0, 253_402_300_799_999),
    event=texts | st.sampled_from([one.value for one in Event]),
    actor=texts,
    tenant=texts,
    mount=texts,
    route=texts,
    kind=texts,
    pseudonym=texts,
    key_id=texts,
    exchange=texts,
    reason=texts,
    count=st.integers(0, 2**31 - 1),
)
rows = st.builds(
    AuditRow, number=st.integers(1, 2**53), log=st.integers(0, 99), pos=st.integers(0, 2**53), entry=entries
)


def evil(text):
    return AuditRow(7, 2, 11, AuditRecord(1, text, text, text, text, text, text, text, text, text, text, 3))


class TestEveryForm:
    """JSON Lines, CSV, OCSF."""

    @given(rows)
    @example(evil("=cmd|' /C calc'!A0"))
    @example(evil("'"))
    @example(evil("a\r\n=b"))
    def test_the_same_entry_comes_back_and_the_line_is_printable_ascii(self, row):
        forms = (
            (json_line(row), parse_json),
            (ocsf_line(row, "1.2.3"), parse_ocsf),
            (csv_line(row), lambda line: next(parse_csv(f"{csv_head()}\r\n{line}\r\n"))),
        )
        for line, parse in forms:
            assert PRINTABLE.fullmatch(line)
            assert parse(line) == row

    @given(rows)
    @example(evil("=1"))
    @example(evil("\t=1"))
    @example(evil("-2+3"))
    def test_no_cell_begins_as_a_formula_wherever_the_line_is_parted(self, row):
        """Each cell as a spreadsheet sees it that parts at commas, or, as elsewhere in Europe, at semicolons."""
        for delimiter in (",", ";"):
            for cells in csv.reader(io.StringIO(csv_line(row)), delimiter=delimiter):
                assert [cell for cell in cells if cell[:1] in set("=+-@\t\r\n")] == []

    @given(texts)
    def test_plain_text_can_be_read_back(self, text):
        assert PRINTABLE.fullmatch(plain(text))
        assert from_plain(plain(text)) == text


class TestJson:
    def test_a_line_says_when_in_words(self):
        row = AuditRow(3, 2, 11, AuditRecord(1_700_000_000_123, "minted", pseudonym=TOKEN, count=1))
        told = json.loads(json_line(row))
        assert (told["seq"], told["at"], told["pseudonym"]) == (3, "2023-11-14T22:13:20.123+00:00", TOKEN)

    def test_a_moment_beyond_the_calendar_stays_a_number(self):
        assert json.loads(json_line(AuditRow(1, 2, 11, AuditRecord(2**62, "minted"))))["at"] == str(2**62)


@pytest.fixture(scope="module", params=["1.4.0", VERSION, "1.8.0"])
def schema(request):
    """The published schema, as a package that is not ours holds it: no field that it does not know is allowed."""
    published = OcsfJsonSchemaEmbedded(get_ocsf_schema(version=request.param))

    def check(event):
        name = published.lookup_class_name_from_uid(class_uid=event["class_uid"])
        validator = Draft202012Validator(published.get_class_schema(class_name=name))
        return [one.message for one in validator.iter_errors(event)]

    return check


class TestOcsf:
    def test_every_event_has_its_row(self):
        assert set(CLASSES) == set(Event)

    @pytest.mark.parametrize(
        "entry",
        [
            AuditRecord(
                1_700_000_000_123, "", "browser", "uni", "cloud", "v2.launch", "subject", TOKEN, "abcd", "x-1", "r", 2
            ),
            AuditRecord(0, ""),
        ],
        ids=["full", "bare"],
    )
    def test_every_event_is_valid_by_the_published_schema(self, schema, entry):
        for event in (*(one.value for one in Event), "of-another-version"):
            told = json.loads(ocsf_line(AuditRow(9, 2, 11, replace(entry, event=event)), "1.2.3"))
            assert schema(told) == [], event
            assert told["type_uid"] == told["class_uid"] * 100 + told["activity_id"]

    def test_the_schema_is_not_patient(self, schema):
        """The check above would notice a field in the wrong place and one that is missing."""
        told = json.loads(ocsf_line(AuditRow(9, 2, 11, AuditRecord(5, "minted", "system")), "1.2.3"))
        assert schema({**told, "pseudonym": TOKEN}) != []
        assert schema({name: value for name, value in told.items() if name != "entity"}) != []

    def test_a_leak_is_a_finding_and_a_launch_a_logon(self):
        leak = json.loads(ocsf_line(AuditRow(1, 2, 11, AuditRecord(5, "leak-suspected", exchange="inc-1")), "1"))
        assert (leak["class_uid"], leak["severity_id"], leak["finding_info"]["uid"]) == (2004, 4, "inc-1")
        launch = json.loads(ocsf_line(AuditRow(1, 2, 11, AuditRecord(5, "session-opened", pseudonym=TOKEN)), "1"))
        assert (launch["type_uid"], launch["user"]) == (300201, {"uid": TOKEN})


class TestSyslog:
    def test_a_message_is_as_rfc_5424_has_it(self):
        message = syslog_message(AuditRecord(1_700_000_000_123, "minted"), "node-1", '{"a":1}')
        assert message == b'<110>1 2023-11-14T22:13:20.123+00:00 node-1 scormveil - minted - {"a":1}'

    def test_on_a_stream_its_length_goes_before_it(self):
        assert octets_counted(b"<110>1 x") == b"8 <110>1 x"

    def test_what_is_grave_is_marked_so(self):
        assert syslog_message(AuditRecord(5, "key-compromised"), "n", "{}").startswith(b"<106>1 ")

    @given(texts, rows)
    def test_nothing_in_an_entry_begins_another_message(self, host, row):
        message = syslog_message(row.entry, host, json_line(row)).decode()
        head, _, body = message.partition(" - {")
        assert PRINTABLE.fullmatch(message)
        assert len(head.split(" ")) == 6
        assert parse_json("{" + body) == row
