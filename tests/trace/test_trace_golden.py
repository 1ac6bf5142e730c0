"""The sandbox's launches, recorded in Chromium, and what the trace says of each: `tests/trace/golden/*.txt`.

`python -m tests.trace.record` renews recordings and reports; look at the difference before you commit it.
"""

import json

import pytest

from tests.journeys.people import ZOE, planted
from tests.oracle import Oracle
from tests.trace.golden import CONFIG_FILE, printed
from tests.trace.kit import Desk
from tests.trace.record import LAUNCHES

ORACLE = Oracle({"zoe": planted(ZOE).texts}, whole_only={"zoe": planted(ZOE).words})


@pytest.mark.parametrize("launch", LAUNCHES, ids=lambda one: one.name)
def test_the_report_of_a_recorded_launch(tmp_path, launch):
    """As it was recorded before scormveil came, and behind it. Nothing in any form of the report is hers."""
    recording = launch.har.read_text("utf-8")
    assert ZOE.id in recording
    assert "Müller-Østergård looked at the light" in recording
    desk = Desk(tmp_path, CONFIG_FILE.read_text("utf-8"))
    told = desk.trace(launch.har, "--package", str(launch.package))
    assert printed(told) == launch.report.read_text("utf-8"), "look at it, then: python -m tests.trace.golden"
    assert (told.code, told.state) == (0, "ready")
    assert ORACLE.search(told.everything) == []


def test_values_are_told_to_whoever_asks_for_them(desk):
    """With a warning; then they are there, in the table, the page, and the JSON."""
    launch = LAUNCHES[0]
    desk.config = CONFIG_FILE.read_text("utf-8")
    told = desk.trace(launch.har, "--package", str(launch.package), "--values")
    assert "VALUES" in told.warnings
    assert "shows VALUES" in told.page
    for shown in (told.text, told.page, json.dumps(told.json, ensure_ascii=False)):
        assert ZOE.id in shown
        assert "Müller-Østergård" in shown
        assert "sv1" in shown
