"""The published vectors hold: for the product, and for an implementation that shares no line with it."""

import hashlib
import hmac
import inspect
import json
import zlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from keys import Key, Keyring, KeyringError, KeyState, PseudonymScheme, Purpose, Secret

ROOT = Path(__file__).parents[2]
VECTORS = json.loads((ROOT / "tests/vectors/pseudonym-1.json").read_text(encoding="utf-8"))
BORN = datetime(2025, 1, 1, tzinfo=UTC)


def reference(secret: bytes, key_id: str, tenant: str, kind: str, parts: list[str]) -> tuple[str, str]:
    """Token and alias by docs/pseudonyms.md."""

    def encode(*texts):
        raw = [text.encode("utf-8", "surrogatepass") for text in texts]
        return len(raw).to_bytes(4, "big") + b"".join(len(one).to_bytes(4, "big") + one for one in raw)

    def mac(key, data):
        return hmac.new(key, data, hashlib.sha256).digest()

    letters = "0123456789abcdefghjkmnpqrstvwxyz"
    info = encode("scormveil", "pseudonym", "1", tenant, kind)
    key = mac(mac(bytes(32), secret), info + b"\x01")  # HKDF: extract, then one block of expand
    digest = "".join(letters[byte % 32] for byte in mac(key, encode(*parts))[:26])
    body = "sv1" + key_id + digest
    crc = zlib.crc32(body.encode())
    check = "".join(letters[crc // 32**place % 32] for place in range(6, -1, -1))
    number = int.from_bytes(hashlib.sha256(b"scormveil alias 1\0" + digest.encode()).digest()[:8], "big")
    signs = "BCDFGHJKMNPQRSTVWXZ23456789"
    code = signs[number % 19] + "".join(signs[number // 19 // 27**place % 27] for place in range(8))
    return body + check, f"{code[:3]}-{code[3:6]}-{code[6:]}"


def scheme_with(key_id):
    purpose = Purpose.PSEUDONYM
    secret = Secret(bytes.fromhex(VECTORS["keys"][key_id]))
    return PseudonymScheme(Keyring([Key(key_id, purpose, KeyState.ACTIVE, BORN, secret, activated=BORN)], 1))


@pytest.mark.parametrize("vector", VECTORS["valid"], ids=lambda vector: vector["desc"])
def test_a_valid_vector_is_what_both_implementations_compute(vector):
    secret = bytes.fromhex(VECTORS["keys"][vector["key"]])
    expected = (vector["token"], vector["alias"])
    assert reference(secret, vector["key"], vector["tenant"], vector["kind"], vector["parts"]) == expected
    scheme = scheme_with(vector["key"])
    minted = scheme.mint(vector["tenant"], vector["kind"], tuple(vector["parts"]))
    assert minted == (vector["token"], vector["key"])
    assert scheme.alias(minted.token) == vector["alias"]
    assert scheme.valid(minted.token)
    assert scheme.key_id_of(minted.token.upper()) == vector["key"]


@pytest.mark.parametrize("vector", VECTORS["invalid"], ids=lambda vector: vector["reason"])
def test_an_invalid_vector_is_refused(vector):
    scheme = scheme_with("k7qx")
    assert not scheme.valid(vector["token"])
    for reading in (scheme.key_id_of, scheme.alias):
        with pytest.raises(KeyringError) as refused:
            reading(vector["token"])
        assert refused.value.code == "not-a-pseudonym"


def test_no_two_vectors_share_a_token_or_an_alias():
    assert len({vector["token"] for vector in VECTORS["valid"]}) == len(VECTORS["valid"])
    assert len({vector["alias"] for vector in VECTORS["valid"]}) == len(VECTORS["valid"])


def test_the_documentation_prints_the_implementation_that_is_tested_here():
    page = (ROOT / "docs/pseudonyms.md").read_text(encoding="utf-8")
    assert inspect.getsource(reference) in page
    assert VECTORS["valid"][0]["token"] in page
    assert VECTORS["valid"][0]["alias"] in page
