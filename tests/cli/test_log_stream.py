"""Where log lines go."""

import io
import json
import sys

from proxy.observe import configure, get_logger


def test_a_line_goes_to_what_is_standard_error_when_it_is_written(monkeypatch):
    closed, now = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stderr", closed)
    configure("json", "info")
    closed.close()
    monkeypatch.setattr(sys, "stderr", now)
    get_logger().info("started")
    assert json.loads(now.getvalue())["event"] == "started"
