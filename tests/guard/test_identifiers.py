"""Identifiers of record stores: what of them tells who it is, and the hash by which xAPI knows an address."""

import hashlib

import pytest

from proxy.guard import Crowd, Throng, Watch, inspect, traces_of
from proxy.identity import mbox_sha1
from proxy.people import Cleartext, Kind, account
from tests.guard.disguises import DISGUISES

ADDRESS = "mailto:Zoe.M@Uni.Example"
SHA1 = mbox_sha1(ADDRESS)
BY_HASH = [Cleartext(Kind.EMAIL, ADDRESS), Cleartext(Kind.EMAIL, ADDRESS[7:]), Cleartext(Kind.EMAIL_SHA1, SHA1.upper())]


def searchers(known: Cleartext) -> tuple[Watch, Throng]:
    """Both ways to look for her: by herself, and among everybody."""
    return Watch([known]), Throng([Crowd([(1, traces_of([known]))], lambda _: True)])


@pytest.mark.parametrize("known", BY_HASH)
def test_the_sum_of_an_address_is_seen_however_it_is_written(known: Cleartext) -> None:
    assert hashlib.sha1(b"mailto:Zoe.M@uni.example", usedforsecurity=False).hexdigest() == SHA1
    for searcher in searchers(known):
        for text in (SHA1, SHA1.upper(), f"x/{SHA1}"):
            assert inspect([("body", b'{"a": "' + text.encode() + b'"}')], searcher)
        for wrap in ("base64", "hex"):
            assert inspect([("body", DISGUISES[wrap](SHA1))], searcher)
    assert inspect([("body", bytes.fromhex(SHA1))], searchers(known)[0])


@pytest.mark.parametrize("known", BY_HASH)
def test_the_sum_of_another_address_passes(known: Cleartext) -> None:
    other = mbox_sha1("zoe.n@uni.example")
    for searcher in searchers(known):
        assert not inspect([("body", other.encode())], searcher)


@pytest.mark.parametrize("name", ["s1234567", "teller-90210", "zoë.müller-østergård", "李小龙", "o'brien7", "n7" * 100])
def test_an_account_is_searched_by_its_name_alone(name: str) -> None:
    known = account("https://hr.example.org/staff-directory", name)
    for searcher in searchers(known):
        assert inspect([("body", f'{{"who": "{name}"}}'.encode())], searcher)
        assert not inspect([("body", b'{"at": "https://hr.example.org/staff-directory"}')], searcher)
