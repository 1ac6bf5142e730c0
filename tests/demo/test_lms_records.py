"""Attempts as Moodle keeps them: continued until finished, reviewed afterwards, begun anew on request."""

import pytest
from lms_kit import package

from proxy.demo.lms.records import Course, Records
from proxy.demo.lms.unpack import unpack
from proxy.errors import PackageRefused

OLD = Course("old", "Fire safety", "SCORM12", "", "page.html", {})
NEW = Course("new", "First aid", "SCORM2004", "", "page.html", {})


def opened(records, course, *, new_attempt=False):
    return records.launch("zoe.m", course, new_attempt=new_attempt)


def test_a_first_launch_knows_the_learner_and_nothing_else():
    launch = opened(Records(), NEW)
    assert launch.opening_elements("Zoë Müller-Østergård") == {
        "cmi.learner_id": "zoe.m",
        "cmi.learner_name": "Zoë Müller-Østergård",
        "cmi.mode": "normal",
        "cmi.credit": "credit",
        "cmi.entry": "ab-initio",
        "cmi.total_time": "PT0H0M0S",
    }


@pytest.mark.parametrize(("exit_value", "entry"), [("suspend", "resume"), ("", "")])
def test_an_unfinished_attempt_is_continued_with_its_data(exit_value, entry):
    records = Records()
    opened(records, OLD).store({
        "cmi.core.lesson_status": "incomplete", "cmi.suspend_data": "page 3", "cmi.core.exit": exit_value,
        "cmi.core.session_time": "0000:00:10.50",
    })  # fmt: skip
    again = opened(records, OLD).opening_elements("Zoë")
    assert again["cmi.core.entry"] == entry
    assert again["cmi.suspend_data"] == "page 3"
    assert again["cmi.core.total_time"] == "0000:00:10.50"
    assert "cmi.core.exit" not in again


def test_time_adds_up_over_launches_but_not_over_commits_of_one():
    records = Records()
    for _ in range(2):
        launch = opened(records, NEW)
        launch.store({"cmi.session_time": "PT10S", "cmi.exit": "suspend"})
        launch.store({"cmi.session_time": "PT15S"})
    assert records.latest("zoe.m", NEW).summary()["total_time"] == 30.0


def test_a_finished_attempt_opens_for_review_and_takes_no_more():
    records = Records()
    opened(records, NEW).store({"cmi.completion_status": "completed", "cmi.success_status": "passed"})
    review = opened(records, NEW)
    elements = review.opening_elements("Zoë")
    assert (elements["cmi.mode"], elements["cmi.entry"], elements["cmi.credit"]) == ("review", "resume", "no-credit")
    review.store({"cmi.success_status": "failed"})
    assert records.latest("zoe.m", NEW).success == "passed"


def test_a_new_attempt_begins_only_after_a_finished_one():
    records = Records()
    assert opened(records, NEW, new_attempt=True).attempt.number == 1
    assert opened(records, NEW, new_attempt=True).attempt.number == 1
    opened(records, NEW).store({"cmi.completion_status": "completed"})
    second = opened(records, NEW, new_attempt=True)
    assert (second.attempt.number, second.entry) == (2, "ab-initio")


@pytest.mark.parametrize(
    ("status", "completion", "success"),
    [
        ("passed", "completed", "passed"),
        ("failed", "completed", "failed"),
        ("completed", "completed", "unknown"),
        ("incomplete", "incomplete", "unknown"),
        ("browsed", "incomplete", "unknown"),
    ],
)
def test_the_one_status_of_scorm_12_says_two_things(status, completion, success):
    records = Records()
    opened(records, OLD).store({"cmi.core.lesson_status": status, "cmi.core.score.raw": "85"})
    seen = records.latest("zoe.m", OLD).summary()
    assert (seen["completion"], seen["success"], seen["score"]) == (completion, success, 85.0)


def test_a_scaled_score_counts_when_there_is_no_raw_one():
    records = Records()
    opened(records, NEW).store({"cmi.score.scaled": "0.845"})
    assert records.latest("zoe.m", NEW).score == 84.5


def test_a_page_cannot_say_who_the_learner_is():
    records = Records()
    opened(records, NEW).store({"cmi.learner_id": "somebody", "cmi.mode": "review", "cmi.location": "p1"})
    assert records.latest("zoe.m", NEW).elements == {"cmi.location": "p1"}


@pytest.mark.parametrize("elements", [{"__proto__": "x"}, {"cmi": "x"}, {"cmi.location": "x" * 64_001}])
def test_what_is_no_data_model_element_is_refused(elements):
    with pytest.raises(ValueError, match="data model"):
        opened(Records(), NEW).store(elements)


def test_a_launch_belongs_to_its_learner():
    records = Records()
    launch = opened(records, NEW)
    assert records.launch_of(launch.id, "zoe.m") is launch
    assert records.launch_of(launch.id, "solo") is None


def test_a_package_starts_with_the_page_of_its_first_item():
    assert unpack(package("hello")).launch_href == "page.html"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"no zip", "not-readable"),
        (package(manifest="<a"), "manifest-not-readable"),
        (package(manifest="<manifest/>"), "launch-page-missing"),
        (package(manifest='<!DOCTYPE a [<!ENTITY b "c">]><a/>'), "manifest-with-doctype"),
    ],
)
def test_what_is_no_package_is_not_installed(data, reason):
    with pytest.raises(PackageRefused) as refused:
        unpack(data)
    assert refused.value.reason == reason
