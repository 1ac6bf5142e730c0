"""What is sealed of a postback's address: the token and login the cloud was given, and what the LMS had said."""

import hashlib
import hmac
import secrets
from dataclasses import asdict, dataclass

import orjson

from keys import KeyRoom
from proxy.errors import SealFailed
from proxy.identity import Renew, key_errors
from proxy.passage.postback_spec import Level, PostbackSpec
from proxy.store.postbacks_port import PostbackRecord

_TOKEN_BYTES = 24
_USER_BYTES = 8
_PASSWORD_BYTES = 24


@dataclass(frozen=True, slots=True, repr=False)
class Given:
    """An address with its login as the cloud has them, what they stand for, and which id they were set for."""

    token: str
    user: str
    password: str
    lms: PostbackSpec
    ident: str

    def admits(self, user: str, password: str) -> bool:
        """Compare a login, in constant time."""
        right = hmac.compare_digest(user.encode("utf-8", "surrogatepass"), self.user.encode())
        return hmac.compare_digest(password.encode("utf-8", "surrogatepass"), self.password.encode()) and right


def new_given(level: Level, lms: PostbackSpec, *, keeping: Given | None = None) -> Given:
    """Draw a token (hexadecimal: no letter in it could be taken for a pseudonym), and a login unless one is kept."""
    user = keeping.user if keeping is not None else secrets.token_hex(_USER_BYTES)
    password = keeping.password if keeping is not None else secrets.token_hex(_PASSWORD_BYTES)
    return Given(secrets.token_hex(_TOKEN_BYTES), user, password, lms, level.ident)


def digest_of(token: str) -> bytes:
    """What the store knows a token by. 192 random bits need no key."""
    return hashlib.sha256(b"postback-token\0" + token.encode("utf-8", "surrogatepass")).digest()


def target_of(level: Level) -> bytes:
    """What the store knows by what an address was set for; the id itself may be one that the LMS chose."""
    return hashlib.sha256(f"postback-level\0{level.name}\0{level.ident}".encode("utf-8", "surrogatepass")).digest()


class Vault:
    """Seals and opens."""

    def __init__(self, keys: KeyRoom, renew: Renew) -> None:
        """Remember the means."""
        self._keys = keys
        self._renew = renew

    async def open(self, record: PostbackRecord) -> Given:
        """Open what is sealed. Raises SealFailed, KeysUnavailable."""
        if not self._keys.knows(record.seal_key):
            await self._renew()
        with key_errors():
            plain = self._keys.envelope.open(record.sealed, record.binding)
        try:
            fields = orjson.loads(plain)
            return Given(**{**fields, "lms": PostbackSpec(**fields["lms"])})
        except (ValueError, TypeError, LookupError):
            raise SealFailed("postback") from None

    def sealed(self, record: PostbackRecord, given: Given) -> PostbackRecord:
        """Seal under the active SEAL key. Raises KeysUnavailable."""
        with key_errors():
            sealed = self._keys.envelope.seal(orjson.dumps(asdict(given)), record.binding)
            return record.resealed(sealed, self._keys.envelope.key_id_of(sealed))
