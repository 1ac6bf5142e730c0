"""Files that are no recordings, or broken ones: refused with a reason, and nothing of a report is written."""

import gzip
import io
import json
import subprocess
import sys
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.errors import HarInvalid
from proxy.trace import entries
from tests.trace.kit import CLOUD, commit, entry, har, launch

WHOLE = json.dumps(har(launch(), commit())).encode()


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("recording.har", WHOLE)
    return buffer.getvalue()


BROKEN = {
    "nothing": (b"", "not-json"),
    "a page": (b"<!doctype html>", "not-json"),
    "cut short": (WHOLE[: len(WHOLE) // 2], "not-json"),
    "cut short between entries": (json.dumps(har(launch())).encode()[:-3], "not-json"),
    "bytes that are no text": (WHOLE.replace(b"text/html", b"text/\xff\xfe"), "not-json"),
    "another JSON file": (b'{"entries": []}', "not-a-har"),
    "a list": (b"[1, 2]", "not-a-har"),
    "no entries": (b'{"log": {"version": "1.2", "entries": []}}', "no-entries"),
    "entries that are none": (b'{"log": {"entries": [1, "two"]}}', "entry"),
    "an entry without a request": (b'{"log": {"entries": [{"response": {}}]}}', "entry"),
    "an entry without an address": (b'{"log": {"entries": [{"request": {"method": "GET"}}]}}', "entry"),
    "zipped": (zipped(), "packed"),
    "compressed": (gzip.compress(WHOLE), "packed"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_recording_is_refused(desk, name):
    data, reason = BROKEN[name]
    told = desk.trace(data)
    assert told.code == 2
    assert (told.error.code, told.error.reason) == ("har-invalid", reason)
    assert told.error.hint


def test_what_is_not_there_is_refused(desk, tmp_path):
    for path in (tmp_path / "nowhere.har", tmp_path):
        assert desk.trace(path).error.reason == "cannot-be-read"
    desk.config = "[[mounts]]\n"
    assert desk.trace(har(launch())).error.code == "config-invalid"
    told = desk.trace(har(launch()), "--html", "/nowhere/at/all.html")
    assert told.code == 2


def test_what_writers_do_differently_is_read(tmp_path):
    """A byte order mark, pseudo-fields of HTTP/2, cookies joined by line breaks, absent halves, odd numbers."""
    odd = entry(CLOUD, headers={":authority": "x", "cookie": "a=1"})
    odd["response"]["headers"] = [{"name": "set-cookie", "value": "a=1\nb=2"}, {"name": 4711}, "x"]
    odd["response"]["status"] = 200.0
    bare = {"request": {"method": "get", "url": CLOUD}, "time": 1.5}
    failed = entry(CLOUD, status=0, answer=None)
    file = tmp_path / "odd.har"
    file.write_bytes(b"\xef\xbb\xbf" + json.dumps(har(odd, bare, failed)).encode())
    first, second, third = entries(file)
    assert list(first.headers) == [("cookie", "a=1")]
    assert first.answer_headers.all("Set-Cookie") == ("a=1", "b=2")
    assert (second.method, second.status, second.answer, second.body) == ("GET", 0, b"", b"")
    assert third.status == 0


def test_bodies_are_told_apart_from_absent_ones(tmp_path):
    posts = [commit(body="<a/>"), commit(body=None), commit(body=b"\x00\x01"), entry(CLOUD, "POST")]
    posts[3]["request"]["bodySize"] = 0
    long = entry(CLOUD, answer="é" * 10, answer_media="text/html; charset=iso-8859-1")
    file = tmp_path / "bodies.har"
    file.write_text(json.dumps(har(*posts, long)), "utf-8")
    read = list(entries(file))
    assert [one.body for one in read[:4]] == [b"<a/>", None, b"\x00\x01", b""]
    assert read[4].answer == b"\xe9" * 10


READS = """
import sys
from pathlib import Path
from proxy.trace import entries
print(sum(1 for _ in entries(Path(sys.argv[1]))))
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def test_a_long_recording_is_read_entry_by_entry(tmp_path):
    """Of a file of 150 MB no more is held than an entry."""
    film = json.dumps(entry(f"{CLOUD}/film.mp4", answer="A" * 5_000_000, answer_media="video/mp4"))
    file = tmp_path / "long.har"
    with file.open("w") as out:
        out.write('{"log": {"version": "1.2", "entries": [')
        for _ in range(30):
            out.write(film + ",")
        out.write(json.dumps(launch()) + "]}}")
    done = subprocess.run([sys.executable, "-c", READS, str(file)], capture_output=True, text=True, check=True)
    count, kilobytes = map(int, done.stdout.split())
    file.unlink()
    assert count == 31
    assert kilobytes < 120_000


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "text",
                    "size",
                    "headers",
                    "name",
                    "value",
                    "status",
                    "postData",
                    "params",
                    "encoding",
                    "content",
                    "url",
                    "method",
                ]
            )
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(request=ANY, response=ANY, more=ANY)
def test_whatever_an_entry_holds_it_is_read_or_refused(tmp_path_factory, request, response, more):
    """Writers of HAR files are many; none of them may make the reader fall over."""
    file = Path(tmp_path_factory.getbasetemp()) / "any.har"
    one = {"request": request, "response": response, "_initiator": more}
    if isinstance(request, dict):
        one["request"] = {"method": "GET", "url": CLOUD} | request
    file.write_text(json.dumps({"log": {"entries": [one]}}), "utf-8", "surrogatepass")
    read = []
    with suppress(HarInvalid):
        read = list(entries(file))
    assert [(one.number, type(one.body) in {bytes, type(None)}) for one in read] in ([], [(1, True)])
