"""Whatever callers hand over, a request is one request: the words given and nothing else."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.edge.upstream_wire import acceptable, address_of, parse_origin, request_head
from proxy.errors import UpstreamFailed

token = st.text("abcXYZ09-_!#$%&'*+.^`|~", min_size=1, max_size=12)
anything = st.text(max_size=20) | st.sampled_from(
    ["\r\nX: y", "a\nb", "\x00", "\ud800", "O'Brien", "李小龙", "\x85", "\u2028"]
)


@settings(max_examples=150)
@given(
    method=st.sampled_from(["GET", "POST", "get", "GET /", "CONNECT"]) | anything,
    target=st.text("/abc?&=%20~'", max_size=20).map(lambda text: "/" + text) | anything,
    headers=st.lists(st.tuples(token | anything, anything), max_size=4),
    size=st.integers(0, 10),
)
def test_a_request_is_refused_or_goes_out_line_by_line_as_given(method, target, headers, size):
    try:
        head = request_head(method, target, "cloud.example", headers, size)
    except UpstreamFailed:
        return
    lines = head.decode("utf-8", "surrogateescape").split("\r\n")
    assert lines[:2] == [f"{method} {target} HTTP/1.1", "Host: cloud.example"]
    assert lines[-2:] == ["", ""]
    fields = [tuple(line.split(": ", 1)) for line in lines[2:-2]]
    if size or method in {"POST", "PUT", "PATCH"}:
        assert fields.pop() == ("Content-Length", str(size))
    ours = {"host", "content-length", "transfer-encoding", "connection", "te", "trailer", "upgrade", "expect"}
    ours |= {"keep-alive", "proxy-connection"}
    assert fields == [(name, value) for name, value in headers if name.lower() not in ours]
    assert not any(mark in field for pair in fields for field in pair for mark in "\r\n\0")


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://cloud.scorm.com", (True, "cloud.scorm.com", 443, "cloud.scorm.com")),
        ("http://127.0.0.1:8080", (False, "127.0.0.1", 8080, "127.0.0.1:8080")),
        ("https://[::1]:8443", (True, "::1", 8443, "[::1]:8443")),
    ],
)
def test_an_origin_has_a_host_a_port_and_the_text_of_its_host_field(text, origin):
    assert parse_origin(text) == origin


@pytest.mark.parametrize(
    "text", ["https://a.example/", "https://a.example:0", "https://", "https://a b", "HTTPS://a", "//a"]
)
def test_nothing_else_is_an_origin(text):
    with pytest.raises(UpstreamFailed, match="bad-origin"):
        parse_origin(text)


@pytest.mark.parametrize(
    ("headers", "good"),
    [
        ((("Content-Type", "text/html"), ("X", "tab\there"), ("Y", "Zoë Müller-Østergård")), True),
        ((("transfer-encoding", "Chunked"),), True),
        ((("TRANSFER-ENCODING", "gzip, chunked"),), False),
        ((("X", "a\x1bb"),), False),
        ((("X", "a\x7f"),), False),
    ],
)
def test_control_characters_and_unknown_transfer_codings_are_not_handed_on(headers, good):
    assert acceptable(headers) is good


@pytest.mark.parametrize(
    ("host", "connected"),
    [
        ("cloud.localhost", "127.0.0.1"),
        ("cloud.scorm.com", "cloud.scorm.com"),
        ("localhost.example.org", "localhost.example.org"),
        ("notlocalhost", "notlocalhost"),
    ],
)
def test_names_below_localhost_are_this_machine_and_no_others(host, connected):
    """Not every resolver knows that they are."""
    assert address_of(host) == connected
