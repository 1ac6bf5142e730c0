"""Where requests come from: told apart, and told to nobody."""

import pytest

from proxy.edge.sources import Sources

KEY = b"k" * 16
WEB = ("127.0.0.0/8", "::1/128", "10.0.0.0/24")
BEHIND = Sources(KEY, "X-Forwarded-For", WEB)
DIRECT = Sources(KEY)


def test_a_digest_says_nothing_and_another_start_has_another():
    said = DIRECT.of("192.0.2.7", [])
    assert len(said) == 10
    assert "192" not in said
    assert said == DIRECT.of("192.0.2.7", [])
    assert said != DIRECT.of("192.0.2.8", [])
    assert said != Sources(b"j" * 16).of("192.0.2.7", [])


@pytest.mark.parametrize(
    ("peer", "said", "client"),
    [
        ("127.0.0.1", ["192.0.2.7"], "192.0.2.7"),
        ("127.0.0.1", ["198.51.100.1, 192.0.2.7"], "192.0.2.7"),
        ("127.0.0.1", ["198.51.100.1", "192.0.2.7"], "192.0.2.7"),
        ("127.0.0.1", ["198.51.100.1, 192.0.2.7, 10.0.0.9"], "192.0.2.7"),
        ("::1", ["192.0.2.7:4711"], "192.0.2.7"),
        ("::ffff:127.0.0.1", ["::ffff:192.0.2.7"], "192.0.2.7"),
        ("10.0.1.9", ["192.0.2.7"], "10.0.1.9"),
        ("127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", ["unknown"], "127.0.0.1"),
        ("127.0.0.1", ["192.0.2.7, Zoë"], "127.0.0.1"),
    ],
)
def test_the_word_of_a_web_server_of_ours_is_taken_and_nobody_elses(peer, said, client):
    assert BEHIND.of(peer, said) == DIRECT.of(client, [])


def test_without_a_field_nobodys_word_is_taken():
    assert Sources(KEY, "", WEB).of("127.0.0.1", ["192.0.2.7"]) == DIRECT.of("127.0.0.1", [])


def test_one_site_is_one_source_however_many_addresses_it_has():
    assert DIRECT.of("2001:db8:1:2::1", []) == DIRECT.of("2001:db8:1:2:ffff::9", [])
    assert DIRECT.of("2001:db8:1:2::1", []) != DIRECT.of("2001:db8:1:3::1", [])
    assert DIRECT.of("2001:db8:1:2::1", []).partition(".")[2] == DIRECT.of("2001:db8:1:3::1", []).partition(".")[2]
    assert DIRECT.of("2001:db8:1:2::1", []).partition(".")[2] != DIRECT.of("2001:db8:2:2::1", []).partition(".")[2]
    assert BEHIND.of("::1", ["[2001:db8:1:2::1]:443"]) == DIRECT.of("2001:db8:1:2::5", [])


def test_who_has_no_address_is_one_source_too():
    assert DIRECT.of("", []) == DIRECT.of("/run/socket", []) == "unknown"
