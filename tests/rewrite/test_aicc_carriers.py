"""Texts of AICC: what is not changed keeps its characters, and nothing is read in two ways."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.errors import ProxyError, UnreadableBody
from proxy.rewrite.carriers.ini import open_ini
from proxy.rewrite.carriers.lines import open_lines
from proxy.rewrite.carriers.table import open_table

DATA = (
    "[core]\r\nStudent_ID = s1\r\n; a note\r\nstudent_name=Müller, Zoë\nLesson_Status=i, a\r\nHobby=sailing\r\n"
    "[Core_Lesson]\r\n[1,2]\r\nstudent_id=not a key\r\n\r\n[student_demographics]\r\ncity=Bern\r\n[odd]\r\nx=y\r\n"
)
WANTED = {"core/student_id": 0, "core/student_name": 1, "core/lesson_status": 2, "core_lesson": 3}


def test_groups_of_keys_and_groups_of_text():
    opened = open_ini(DATA, WANTED | {"student_demographics": 4}, strict=False)

    assert [slot.value for slot in opened.slots] == [
        "s1",
        "Müller, Zoë",
        "i, a",
        "[1,2]\r\nstudent_id=not a key\r\n\r\n",
        "city=Bern\r\n",
    ]
    assert opened.close({}) == DATA
    assert opened.close({0: "P", 4: None}) == DATA.replace("= s1", "= P").replace(
        "[student_demographics]\r\ncity=Bern\r\n", ""
    )


def test_on_the_way_out_what_nobody_declared_goes():
    opened = open_ini(DATA, WANTED, strict=True)

    clean = opened.close({0: "P", 1: "K, Learner"})
    assert "Hobby" not in clean
    assert "a note" not in clean
    assert "odd" not in clean
    assert "Bern" not in clean, "a platform's own group after a group of text is a group"
    assert clean.startswith(
        "[core]\r\nStudent_ID = P\r\nstudent_name=K, Learner\nLesson_Status=i, a\r\n[Core_Lesson]\r\n[1,2]"
    )


@pytest.mark.parametrize("text", ["[core]\na=1\n[CORE]\nb=2", "[core]\na=1\nA =2", "a=1\n[core]\n", "stray\n[core]\n"])
def test_what_has_two_readings_is_refused(text):
    with pytest.raises(UnreadableBody):
        open_ini(text, WANTED, strict=False)


def test_an_answer_is_lines_and_then_data():
    text = "error = 0\r\nerror_text=Successful\r\nversion=4.0\r\nAICC_Data=[core]\r\nstudent_id=s1\r\n"
    opened = open_lines(text, {"error": 0, "aicc_data": 1})

    assert [slot.value for slot in opened.slots] == ["0", "[core]\r\nstudent_id=s1\r\n"]
    assert opened.close({1: "[core]\r\n"}) == text.replace("student_id=s1\r\n", "")
    for bad in ("error=0\nERROR=1\n", "<html>no</html>"):
        with pytest.raises(UnreadableBody):
            open_lines(bad, {"error": 0})


def test_a_table_is_read_by_its_columns():
    text = '"course_id","Student_ID","response"\r\n"c","s1","say ""hi"", you"\r\n c , s2 ,\r\n'
    opened = open_table(text, {"student_id": 0, "response": 1})

    assert [(slot.value, slot.group) for slot in opened.slots] == [("s1", (1,)), ('say "hi", you', (1,)), ("s2", (2,))]
    assert opened.close({}) == text
    assert opened.close({0: "P", 2: "Q"}) == text.replace('"s1"', '"P"').replace(" s2 ", " Q ")


def test_what_was_not_asked_for_in_a_request_may_look_like_anything():
    text = "[core]\r\nLesson_Status=i\r\n[Core_Lesson]\r\na=1\na=2\n[1]\n[item]\n[item]\n[x\n[comments]\nb=1\nb=1\n"

    assert open_ini(text, {"core/student_id": 0}, strict=False).close({}) == text


@pytest.mark.parametrize("strict", [True, False])
def test_a_group_that_only_another_reader_sees_is_refused(strict):
    with pytest.raises(UnreadableBody):
        open_ini("[core]\nstudent_id=s1\n[core] \u200b\nstudent_id=s2\n", WANTED, strict=strict)
    with pytest.raises(UnreadableBody):
        open_ini("[student_data]\nscore.1=1\n[core] ; s\nscore.2=s2\n", {"student_data/score.n": 0}, strict=strict)


def test_keys_that_are_counted():
    opened = open_ini(
        "[student_data]\r\nScore.1=80\r\nscore.12 = 90\r\nscore.x=Zoe\r\n", {"student_data/score.n": 0}, strict=True
    )

    assert [slot.value for slot in opened.slots] == ["80", "90"]
    assert opened.close({}) == "[student_data]\r\nScore.1=80\r\nscore.12 = 90\r\n"


def test_on_the_way_out_a_line_that_nobody_declared_goes():
    opened = open_lines("error=0\r\nStudent=Zoe\r\naicc_data=[core]\r\n", {"error": 0, "aicc_data": 1}, strict=True)

    assert opened.close({}) == "error=0\r\naicc_data=[core]\r\n"
    data = open_lines("error=0\r\naicc_data=[core]\r\nx=Zoe", {"error": 0}, strict=True)
    assert data.close({}) == "error=0\r\n"


TEXTS = st.text(alphabet='ab=[]",;\r\n \t*', max_size=60)


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_readers_refuse_or_return_and_change_nothing_by_themselves(text):
    for read in (
        lambda: open_ini(text, {"a/b": 0, "b": 1}, strict=False),
        lambda: open_lines(text, {"a": 0, "aicc_data": 1}),
        lambda: open_table(text, {"a": 0}),
    ):
        try:
            opened = read()
        except ProxyError:
            continue
        assert opened.close({}) == text
        assert opened.close({number: slot.value for number, slot in enumerate(opened.slots)}) == text or '"' in text


NAMES = st.sampled_from(["core", "Core_Lesson", "comments", "student_data", "Odd one", "STUDENT_DEMOGRAPHICS"])
KEYS = st.sampled_from(["student_id", "Student_Name ", "Lesson_Status", "city", "x.1", " score.2"])
NOISE = st.text(alphabet="ab [];,.\t", max_size=8)
ENDS = st.sampled_from(["\r\n", "\n", "\r"])


@st.composite
def told(draw):
    """An answer of a platform that says more than it was asked, the mark wherever it can stand undeclared."""
    text = "error=0\r\n" + draw(st.sampled_from(["", "learner=MARK\n", "Student_Id = MARK\r\n"])) + "aicc_data="
    for name in draw(st.lists(NAMES, max_size=6)):
        text += f"[{name}]" + draw(NOISE) + draw(ENDS)
        for key in draw(st.lists(KEYS, max_size=4)):
            asked = name == "core" and key.strip().lower() in {"student_id", "student_name", "lesson_status"}
            text += f"{key}={'value' if asked else 'MARK'}" + draw(ENDS)
    return text


@settings(max_examples=300, deadline=None)
@given(told())
def test_what_nobody_declared_does_not_go_out_wherever_it_stands(text):
    wanted = {"core/student_id": 0, "core/student_name": 1, "core/lesson_status": 2}
    try:
        answer = open_lines(text, {"error": 0, "aicc_data": 1}, strict=True)
        data = [slot.value for slot in answer.slots if slot.which == 1]
        inner = open_ini(data[0], wanted, strict=True) if data else None
    except ProxyError:
        return
    changes = {len(answer.slots) - 1: inner.close({})} if inner is not None else {}
    assert "MARK" not in answer.close(changes)
