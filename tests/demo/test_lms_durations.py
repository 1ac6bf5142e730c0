"""Session times in both spellings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.demo.lms.durations import format_duration, parse_duration


@given(st.integers(0, 9999 * 360_000), st.sampled_from(["SCORM12", "SCORM2004"]))
def test_what_the_lms_writes_it_reads_again(hundredths, standard):
    assert parse_duration(format_duration(hundredths, standard), standard) == hundredths


@pytest.mark.parametrize(
    ("text", "hundredths"),
    [("0000:02:07.00", 12_700), ("00:00:00", 0), ("01:00:00.5", 360_050), ("9999:59:59.99", 3_599_999_999)],
)
def test_timespans_of_scorm_12(text, hundredths):
    assert parse_duration(text, "SCORM12") == hundredths


@pytest.mark.parametrize(
    ("text", "hundredths"),
    [("PT127S", 12_700), ("PT2M7.25S", 12_725), ("P1DT1H", 9_000_000), ("PT0S", 0), ("P1M", 30 * 8_640_000)],
)
def test_intervals_of_scorm_2004(text, hundredths):
    assert parse_duration(text, "SCORM2004") == hundredths


@pytest.mark.parametrize("text", ["", "P", "PT", "P1H", "PT1.234S", "PT-1S", "00:00:01", "P" + "9" * 60 + "D", "PT٣S"])
def test_what_is_no_interval_is_not_guessed(text):
    assert parse_duration(text, "SCORM2004") is None


@pytest.mark.parametrize("text", ["", "1:00:00", "00:00", "PT1S", "00:00:00.123", "00000:00:00"])
def test_what_is_no_timespan_is_not_guessed(text):
    assert parse_duration(text, "SCORM12") is None
