"""Signatures of xAPI statements: JWS in compact form (RFC 7515; xAPI 1.0.3 part 2 section 2.6).

The payload is the whole statement as it was before it was signed, the algorithm is RS256, RS384 or RS512, and the
header may carry the signer's certificates (`x5c`), of which the first has the key.
"""

import base64
import binascii
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NoReturn

import jwt
import orjson
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from proxy.errors import FieldInvalid

USAGE = "http://adlnet.gov/expapi/attachments/signature"
MEDIA = "application/octet-stream"

_PLACE = "signature"
_ALGORITHMS = ("RS256", "RS384", "RS512")
_SHORTEST_BITS = 2048
_OF_THE_STORE = frozenset({"stored", "authority", "version", "attachments", "id", "timestamp"})
"""What a statement may have gained since it was signed."""


class StatementSigner:
    """A key that signs statements anew, and the certificates that are shown with it. It does not print."""

    __slots__ = ("_chain", "_key")

    def __init__(self, key: RSAPrivateKey, chain: Sequence[str]) -> None:
        """Keep the key; `chain` is DER in base64, the key's own certificate first."""
        self._key = key
        self._chain = list(chain)

    @classmethod
    def load(cls, key: bytes, chain: bytes = b"") -> "StatementSigner":
        """Read a key and its certificates (PEM). `ValueError` for what is none, or too short."""
        loaded = serialization.load_pem_private_key(key, password=None)
        if not isinstance(loaded, RSAPrivateKey) or loaded.key_size < _SHORTEST_BITS:
            raise ValueError("not an RSA key of 2048 bits or more")
        certificates = x509.load_pem_x509_certificates(chain) if chain else []
        shown = [one.public_bytes(serialization.Encoding.DER) for one in certificates]
        return cls(loaded, [base64.b64encode(one).decode() for one in shown])

    def sign(self, statement: bytes) -> bytes:
        """Return the signature of a statement's JSON."""
        headers: dict[str, Any] = {"x5c": self._chain} if self._chain else {}
        return jwt.PyJWS().encode(statement, self._key, algorithm="RS256", headers=headers).encode("ascii")

    def __repr__(self) -> str:
        return "<StatementSigner>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a StatementSigner is not pickled")


def check_signature(statement: Any, signature: bytes) -> None:
    """Refuse a signature that is not of this statement (a parsed one). Raises FieldInvalid.

    Without a certificate in it nobody can tell who signed; then it is only compared with the statement.
    """
    key = _key_of(signature)
    payload: Any = None
    with suppress(jwt.InvalidTokenError, orjson.JSONDecodeError, ValueError):
        opened = jwt.PyJWS().decode_complete(
            signature,
            key if key is not None else "",
            algorithms=list(_ALGORITHMS),
            options={"verify_signature": key is not None},
        )
        payload = orjson.loads(opened["payload"])
    if not isinstance(payload, dict):
        raise FieldInvalid("signature", place=_PLACE)
    ours, theirs = ({name: one[name] for name in one if name not in _OF_THE_STORE} for one in (statement, payload))
    same_id = payload.get("id", statement.get("id")) == statement.get("id")
    if ours != theirs or not same_id:
        raise FieldInvalid("signed-another", place=_PLACE)


def _key_of(signature: bytes) -> RSAPublicKey | None:
    """The key of the first certificate in the header; FieldInvalid for another algorithm or an unreadable one."""
    header: Any = None
    with suppress(jwt.InvalidTokenError, ValueError):
        header = jwt.get_unverified_header(signature)
    if not isinstance(header, dict) or header.get("alg") not in _ALGORITHMS:
        raise FieldInvalid("signature-algorithm", place=_PLACE)
    chain = header.get("x5c")
    if chain is None:
        return None
    key: Any = None
    with suppress(ValueError, binascii.Error, TypeError, IndexError, KeyError):
        key = x509.load_der_x509_certificate(base64.b64decode(chain[0], validate=True)).public_key()
    if not isinstance(key, RSAPublicKey):
        raise FieldInvalid("signature-certificate", place=_PLACE)
    return key
