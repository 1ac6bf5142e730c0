"""OAuth 1.0a signatures against the published examples."""

import pytest

from proxy.errors import UnreadableBody
from proxy.rewrite.signatures import oauth1

PHOTOS = "http://photos.example.net/photos"
CORE = [
    ("file", "vacation.jpg"),
    ("size", "original"),
    ("oauth_consumer_key", "dpf43f3p2l4k3l03"),
    ("oauth_token", "nnch734d00sl2jdk"),
    ("oauth_signature_method", "HMAC-SHA1"),
    ("oauth_timestamp", "1191242096"),
    ("oauth_nonce", "kllo9940pd9333jh"),
    ("oauth_version", "1.0"),
]
LONG = [
    ("b5", "=%3D"),
    ("a3", "a"),
    ("c@", ""),
    ("a2", "r b"),
    ("oauth_consumer_key", "9djdj82h48djs9d2"),
    ("oauth_token", "kkk9d7dh3k39sjv7"),
    ("oauth_signature_method", "HMAC-SHA1"),
    ("oauth_timestamp", "137131201"),
    ("oauth_nonce", "7d8f3e4a"),
    ("c2", ""),
    ("a3", "2 q"),
]


class TestThePublishedExamples:
    @pytest.mark.parametrize(
        ("text", "wanted"),
        [
            ("abcABC123", "abcABC123"),
            ("-._~", "-._~"),
            ("%", "%25"),
            ("+", "%2B"),
            ("&=*", "%26%3D%2A"),
            ("\n", "%0A"),
            ("\x20", "%20"),
            ("\x7f", "%7F"),
            ("\u0080", "%C2%80"),
            ("\u3001", "%E3%80%81"),
        ],
    )
    def test_parameter_encoding_of_oauth_core(self, text, wanted):
        assert oauth1.encoded(text) == wanted

    @pytest.mark.parametrize(
        ("pairs", "wanted"),
        [
            ([("name", "")], "name="),
            ([("a", "b")], "a=b"),
            ([("a", "b"), ("c", "d")], "a=b&c=d"),
            ([("a", "x!y"), ("a", "x y")], "a=x%20y&a=x%21y"),
            ([("x!y", "a"), ("x", "a")], "x=a&x%21y=a"),
        ],
    )
    def test_normalisation_of_oauth_core(self, pairs, wanted):
        assert oauth1.normalized(pairs) == wanted

    @pytest.mark.parametrize(
        ("address", "wanted"),
        [
            ("HTTP://EXAMPLE.com:80/r%20v/X?id=123", "http://example.com/r%20v/X"),
            ("https://www.example.net:8080/?q=1", "https://www.example.net:8080/"),
            ("https://example.com:443", "https://example.com/"),
            ("http://[2001:DB8::1]:8080/a", "http://[2001:db8::1]:8080/a"),
        ],
    )
    def test_base_string_uri_of_rfc_5849(self, address, wanted):
        assert oauth1.base_uri(address) == wanted

    def test_parameters_of_rfc_5849_section_3_4_1_3(self):
        assert oauth1.normalized(LONG) == (
            "a2=r%20b&a3=2%20q&a3=a&b5=%3D%253D&c%40=&c2=&oauth_consumer_key=9djdj82h48djs9d2&oauth_nonce=7d8f3e4a"
            "&oauth_signature_method=HMAC-SHA1&oauth_timestamp=137131201&oauth_token=kkk9d7dh3k39sjv7"
        )

    def test_base_string_of_rfc_5849_section_3_4_1_1(self):
        assert oauth1.base_string("post", "http://EXAMPLE.COM:80/request?b5=x", LONG) == (
            "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D"
            "%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1"
            "%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7"
        )

    @pytest.mark.parametrize(
        ("key", "wanted"), [(b"cs&", "egQqG5AJep5sJ7anhXju1unge2I="), (b"cs&ts", "VZVjXceV7JgPq/dOTnNmEfO0Fv8=")]
    )
    def test_hmac_sha1_of_oauth_core(self, key, wanted):
        assert oauth1._digest(key, "bs", "HMAC-SHA1") == wanted

    def test_the_photos_of_oauth_core_appendix_a(self):
        assert oauth1.base_string("GET", PHOTOS, CORE).startswith(
            "GET&http%3A%2F%2Fphotos.example.net%2Fphotos&file%3Dv"
        )
        signed = oauth1.signature("GET", PHOTOS, CORE, "kd94hf93k423kf44", token_secret="pfkkdhi9sl3r4s00")
        assert signed == "tR3+Ty81lMeYAr/Fid0kMTYa/WM="

    @pytest.mark.parametrize(
        ("method", "address", "more", "nonce", "stamp", "token_secret", "wanted"),
        [
            (
                "POST",
                "https://photos.example.net/initiate",
                [("oauth_callback", "http://printer.example.com/ready")],
                "wIjqoS",
                "137131200",
                "",
                "74KNZJeDHnMBp0EMJ9ZHt/XKycU=",
            ),
            (
                "POST",
                "https://photos.example.net/token",
                [("oauth_token", "hh5s93j4hdidpola"), ("oauth_verifier", "hfdp7dh39dks9884")],
                "walatlh",
                "137131201",
                "hdhd0244k9j7ao03",
                "gKgrFCywp7rO0OXSjdot/IHF7IU=",
            ),
            (
                "GET",
                PHOTOS,
                [("oauth_token", "nnch734d00sl2jdk"), ("file", "vacation.jpg"), ("size", "original")],
                "chapoH",
                "137131202",
                "pfkkdhi9sl3r4s00",
                "MdpQcU8iPSUjWoN/UDMsK2sui9I=",
            ),
        ],
    )
    def test_the_requests_of_rfc_5849_section_1_2(self, method, address, more, nonce, stamp, token_secret, wanted):
        pairs = [
            ("oauth_consumer_key", "dpf43f3p2l4k3l03"),
            ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_timestamp", stamp),
            ("oauth_nonce", nonce),
            *more,
        ]
        assert oauth1.signature(method, address, pairs, "kd94hf93k423kf44", token_secret=token_secret) == wanted

    def test_the_body_hash_of_its_specification(self):
        assert oauth1.body_hash(b"Hello World!") == "Lve95gjOVATpfV8EL5X4nxwjKHE="


class TestVerifying:
    @pytest.mark.parametrize("by", ["HMAC-SHA1", "HMAC-SHA256"])
    def test_accepts_what_was_signed_and_nothing_else(self, by):
        signed = oauth1.signature("POST", PHOTOS, LONG, "secret", by=by)
        assert oauth1.holds(signed, "POST", PHOTOS, LONG, "secret", by=by)
        assert oauth1.holds(signed, "POST", PHOTOS, [*reversed(LONG), ("oauth_signature", signed)], "secret", by=by)
        for method, address, pairs, secret in (
            ("GET", PHOTOS, LONG, "secret"),
            ("POST", PHOTOS + "/", LONG, "secret"),
            ("POST", PHOTOS, LONG[1:], "secret"),
            ("POST", PHOTOS, [*LONG, LONG[0]], "secret"),
            ("POST", PHOTOS, LONG, "secreT"),
            ("POST", PHOTOS, LONG, ""),
        ):
            assert not oauth1.holds(signed, method, address, pairs, secret, by=by)

    @pytest.mark.parametrize("given", ["", "x", "=", "é", "A" * 28, "A" * 27 + "=", "dGVzdA==", "dGVz dA=="])
    def test_does_not_accept_what_is_no_signature(self, given):
        assert not oauth1.holds(given, "POST", PHOTOS, LONG, "secret", by="HMAC-SHA1")

    @pytest.mark.parametrize("by", ["", "PLAINTEXT", "RSA-SHA1", "hmac-sha1", "HMAC-MD5"])
    def test_knows_no_other_method(self, by):
        assert not oauth1.holds("secret&", "POST", PHOTOS, LONG, "secret", by=by)

    def test_times_are_whole_positive_seconds(self):
        assert oauth1.seconds_of("137131201") == 137131201
        for text in ("", "-1", "1.5", "1e9", " 1", "٣", "9" * 13):
            assert oauth1.seconds_of(text) is None


class TestTheHeader:
    def test_is_read_and_written(self):
        pairs = [("oauth_consumer_key", "k&1"), ("oauth_signature", "a+b/c=")]
        written = oauth1.header(pairs)
        assert written == 'OAuth oauth_consumer_key="k%261", oauth_signature="a%2Bb%2Fc%3D"'
        assert oauth1.header_pairs(written) == pairs
        assert oauth1.header_pairs('oauth realm="Photos",oauth_nonce="x"') == [("oauth_nonce", "x")]

    @pytest.mark.parametrize(
        "value", ["", "OAuth", "Basic eA==", "OAuth x", 'OAuth a="1", a="2"', 'OAuth a="1" b="2"', 'OAuth a="1\\"']
    )
    def test_is_refused_when_it_is_none(self, value):
        with pytest.raises(UnreadableBody):
            oauth1.header_pairs(value)
