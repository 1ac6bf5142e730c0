"""What has the form of an e-mail address, and what only has an at sign."""

from urllib.parse import quote

import pytest

from proxy.guard import looks_like_address
from tests.guard.disguises import full_width


@pytest.mark.parametrize(
    "text",
    [
        "zoe.m@example.org",
        "ZOE.M@EXAMPLE.ORG",
        "mailto:zoe.m@example.org",
        "registration-of-zoe.m@example.org-7",
        "zoe.m%40example.org",
        quote(quote("zoe.m@example.org", safe=""), safe=""),
        "zoe.m\\u0040example.org",
        "zoe.m&#64;example.org",
        "o'brien+lms@mail.example.co.uk",
        "seán@exämple.org",
        "李小龙@例子.公司",
        full_width("zoe.m@example.org"),
        "x@pseudonym.invalid.example.org",
        "sv1abc@pseudonym.invalid,zoe@example.org",
        "https://zoe@lms.example.edu/x",
    ],
)
def test_an_address_is_seen(text: str) -> None:
    assert looks_like_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "course@2024",
        "a@b",
        "@example.org",
        "zoe @example.org",
        "x/@scope/package.json",
        "sv1abcdefgh@pseudonym.invalid",
        "SV1ABC%40PSEUDONYM.INVALID",
        "7c1e9b7e-1111-4222-8333-123456789012",
        "version@1.2.3",
        "a@b..org",
    ],
)
def test_what_is_no_address_passes(text: str) -> None:
    assert not looks_like_address(text)


@pytest.mark.parametrize(
    "text", ["@" * 50_000, "a@" + "b." * 30_000, "%25" * 20_000, "a@a.1" * 10_000, "\\u00" * 10_000]
)
def test_long_monotonous_texts_end(text: str) -> None:
    assert not looks_like_address(text)
