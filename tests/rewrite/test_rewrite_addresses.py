"""Addresses of the cloud become addresses of the proxy wherever they stand, written as they were written."""

import pytest

from proxy.errors import AdapterInvalid, UpstreamRefused
from proxy.rewrite import AddressBook

CLOUD = "https://cloud.scorm.com"
CONTENT = "https://content.example.com:8443"
BOOK = AddressBook([(CLOUD, "https://proxy.example.org"), (CONTENT, "http://proxy.example.org:8080/~content")])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("https://cloud.scorm.com/a", "https://proxy.example.org/a"),
        ("HTTP://Cloud.Scorm.COM/a", "https://proxy.example.org/a"),
        ("https://cloud.scorm.com:443/a", "https://proxy.example.org/a"),
        ("http://cloud.scorm.com:80", "https://proxy.example.org"),
        ("//cloud.scorm.com/a", "//proxy.example.org/a"),
        ("wss://cloud.scorm.com/a", "wss://proxy.example.org/a"),
        (r"https:\/\/cloud.scorm.com\/a", r"https:\/\/proxy.example.org\/a"),
        (r"https:\\/\\/cloud.scorm.com\\/a", r"https:\\/\\/proxy.example.org\\/a"),
        (r"https:\\\/\\\/cloud.scorm.com", r"https:\\\/\\\/proxy.example.org"),
        (r"https:\u002F\u002Fcloud.scorm.com", r"https:\u002F\u002Fproxy.example.org"),
        ("https%3A%2F%2Fcloud.scorm.com%2Fa", "https%3A%2F%2Fproxy.example.org%2Fa"),
        ("https%3a%2f%2fcloud.scorm.com%3a443", "https%3a%2f%2fproxy.example.org"),
        ("https%253A%252F%252Fcloud.scorm.com", "https%253A%252F%252Fproxy.example.org"),
        ("https:&#x2F;&#x2F;cloud.scorm.com?a&amp;b", "https:&#x2F;&#x2F;proxy.example.org?a&amp;b"),
        ("https&#58;&#47;&#47;cloud.scorm.com", "https&#58;&#47;&#47;proxy.example.org"),
        ('host="cloud.scorm.com";', 'host="proxy.example.org";'),
        (r"\"cloud.scorm.com\"", r"\"proxy.example.org\""),
        ("'cloud.scorm.com:443'", "'proxy.example.org'"),
        ("see https://cloud.scorm.com. Then", "see https://proxy.example.org. Then"),
        ("https://content.example.com:8443/v", "http://proxy.example.org:8080/~content/v"),
        ("wss://content.example.com:8443", "ws://proxy.example.org:8080/~content"),
        (r"https:\/\/content.example.com:8443\/v", r"http:\/\/proxy.example.org:8080\/~content\/v"),
        ("%2f%2fcontent.example.com%3a8443%2fv", "%2f%2fproxy.example.org%3a8080%2f~content%2fv"),
        ("//content.example.com:8443//cloud.scorm.com", "//proxy.example.org:8080/~content//proxy.example.org"),
    ],
)
def test_every_spelling_is_turned_and_kept(before, after):
    assert BOOK.turn_in(f"({before})".encode()).decode() == f"({after})"


@pytest.mark.parametrize(
    "text",
    [
        "https://cloud.scorm.com.evil.example/",
        "https://cloud.scorm.comic/",
        "https://cloud.scorm.com-x/",
        "https://my.cloud.scorm.com/",
        "https://cloud.scorm.com:8443/",
        "https://cloud.scorm.com:4430/",
        "https://content.example.com/",
        "https://content.example.com:84430/",
        "https://cloudXscorm.com/",
        "cloud.scorm.com is the cloud",
        "\"cloud.scorm.com'",
        '"content.example.com:8443"',
        "https:%2F/cloud.scorm.com",
        "",
    ],
)
def test_other_hosts_and_prose_stay(text):
    data = text.encode()
    assert BOOK.turn_in(data) is data


def test_outward_is_the_way_back():
    text = b'https://cloud.scorm.com/a %2F%2Fcontent.example.com%3A8443%2Fb "cloud.scorm.com"'
    assert BOOK.turn_out(BOOK.turn_in(text)) == text
    assert BOOK.turn_out(b"http://proxy.example.org:8080/~contents") == b"http://proxy.example.org:8080/~contents"


def test_several_origins_may_share_a_public_base():
    book = AddressBook([(CLOUD, "https://p.example"), ("https://app.cloud.scorm.com", "https://p.example")])
    assert book.turn_in(b"//app.cloud.scorm.com/x //cloud.scorm.com") == b"//p.example/x //p.example"
    assert book.turn_out(b"https://p.example/x") == b"https://cloud.scorm.com/x"


def test_an_empty_book_changes_nothing():
    book = AddressBook([])
    stream = book.stream_in()
    assert stream.feed(b"https://a.example") + stream.close() == b"https://a.example"


@pytest.mark.parametrize(
    "bad", ["cloud.scorm.com", "ftp://a.example", "https://u:p@a.example", "https://a:b", "https://a/?q"]
)
def test_a_book_takes_nothing_but_addresses(bad):
    with pytest.raises(AdapterInvalid):
        AddressBook([(bad, "https://p.example")])


@pytest.mark.parametrize(
    ("value", "base", "expected"),
    [
        (
            "https://cloud.scorm.com/a?b=https://cloud.scorm.com",
            CLOUD,
            "https://proxy.example.org/a?b=https://cloud.scorm.com",
        ),
        ("HTTP://CLOUD.scorm.com:80/a", CLOUD, "https://proxy.example.org/a"),
        ("//content.example.com:8443/a", CLOUD, "http://proxy.example.org:8080/~content/a"),
        ("/a", CLOUD, "/a"),
        ("/a", CONTENT, "/~content/a"),
        ("a/b?c", CONTENT, "a/b?c"),
        ("?c", CLOUD, "?c"),
        ("", CLOUD, ""),
        ("https://evil.example/", CLOUD, None),
        ("https://cloud.scorm.com:8443/", CLOUD, None),
        ("https://cloud.scorm.com.evil.example/", CLOUD, None),
        ("//evil.example/", CLOUD, None),
        ("///evil.example/", CLOUD, None),
        ("https:/evil.example", CLOUD, None),
        ("javascript:alert(1)", CLOUD, None),
        ("ftp://cloud.scorm.com/", CLOUD, None),
        ("/a", "https://unknown.example", None),
    ],
)
def test_a_redirect_stays_with_us_or_is_foreign(value, base, expected):
    assert BOOK.location_in(value, base) == expected


@pytest.mark.parametrize(
    "value", ["/a\r\nSet-Cookie: x", "/\\evil.example", "\\\\evil.example", " /a", "/ä", "https://x@cloud.scorm.com/"]
)
def test_a_redirect_that_can_be_read_in_two_ways_refuses(value):
    with pytest.raises(UpstreamRefused):
        BOOK.location_in(value, CLOUD)


@pytest.mark.parametrize(
    "text",
    [
        "https://proxy.example.org/api/v2/.scormveil/postback/T0KEN",
        '{"url":"https://proxy.example.org/.scormveil/postback/T0KEN"}',
        r"https:\/\/proxy.example.org\/api\/.scormveil\/postback\/T0KEN",
        "postbackurl=https%3A%2F%2Fproxy.example.org%2Fapi%2F.scormveil%2Fpostback%2FT0KEN&x=1",
        "https://proxy.example.org/~x/a.b/.scormveil/postback/T https://proxy.example.org/.scormveil/postback/U",
    ],
)
def test_what_the_cloud_shall_call_stays_ours(text):
    """A postback address turned to the cloud's own host would send results nowhere."""
    assert BOOK.turn_out(text.encode()) == text.encode()


@pytest.mark.parametrize(
    "path",
    ["/.scormveil/return/T", "/a?.scormveil/postback/T", "/a%20/.scormveil/postback/", "", "/.scormveil/postback"],
)
def test_other_addresses_of_ours_are_turned(path):
    text = f"https://proxy.example.org{path}"
    assert BOOK.turn_out(text.encode()) == f"https://cloud.scorm.com{path}".encode()


@pytest.mark.parametrize(
    "text",
    [
        b'{"account":{"homePage":"http://cloud.scorm.com","name":"APPID|x"}}',
        b'{"account": {"homePage" : "http:\\/\\/cloud.scorm.com"}}',
        b"actor=%7B%22account%22%3A%7B%22homePage%22%3A%22http%3A%2F%2Fcloud.scorm.com%22%2C%22name%22%3A%22x%22%7D%7D",
        b"URL=https%3A%2F%2Fx%2F%3Factor%3D%257B%2522homePage%2522%253A%2522http%253A%252F%252Fcloud.scorm.com%2522",
        b'"{\\"homePage\\":\\"http://cloud.scorm.com\\"}"',
        b'{"accountServiceHomePage":"http://cloud.scorm.com"}',
    ],
)
def test_the_home_page_of_an_account_is_no_address(text):
    book = AddressBook([("https://cloud.scorm.com", "https://proxy.example.org")])
    assert book.turn_in(text) == text
    assert book.turn_out(text.replace(b"cloud.scorm.com", b"proxy.example.org")).count(b"proxy.example.org") == 1
    whole = text + b' src="https://cloud.scorm.com/x"'
    turned = text + b' src="https://proxy.example.org/x"'
    for size in (1, 7, 64, 1000):
        stream = book.stream_in()
        pieces = [stream.feed(whole[at : at + size]) for at in range(0, len(whole), size)]
        assert b"".join(pieces) + stream.close() == turned
