"""What is sealed of a postback's address: the token and login the cloud was given, and what the LMS had said."""

import hashlib
import hmac
import secrets
from dataclasses import asdict, dataclass

import orjson

from keys import KeyRoom
from proxy.errors import SealFailed
from proxy.identity import Renew, key_errors
from proxy.passage.mounts import Mount
from proxy.passage.postback_spec import Level, PostbackSpec
from proxy.store.postbacks_port import PostbackRecord

_TOKEN_BYTES = 24
_PASSWORD_LETTERS = 48


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


@dataclass(frozen=True, slots=True, repr=False)
class Logins:
    """What the cloud is given to log in with: one login for a whole mount, since its settings come apart.

    Address, user and password are settings of their own, and each falls back to a higher level by itself: an address of
    the application may arrive with the password that was set for a course. The token in the address is what tells
    addresses apart. `current` is made by the active LOOKUP key, `all` by every one that is left.
    """

    current: tuple[str, str]
    all: tuple[tuple[str, str], ...]

    def admit(self, user: str, password: str) -> bool:
        """Compare a login with each, in constant time."""
        given = f"{user}:{password}".encode("utf-8", "surrogatepass")
        return sum(hmac.compare_digest(given, ":".join(one).encode()) for one in self.all) > 0


def logins_of(keys: KeyRoom, mount: Mount) -> Logins:
    """Derive the logins of a mount. Raises KeysUnavailable."""
    with key_errors():
        found = keys.index.all_of(mount.tenant, "postback-login", (mount.name,))
    every = tuple((f"scormveil-{one.key_id}", one.value.hex()[:_PASSWORD_LETTERS]) for one in found)
    return Logins(every[0], every)


def new_given(level: Level, lms: PostbackSpec, login: tuple[str, str], *, keeping: Given | None = None) -> Given:
    """Draw a token (hexadecimal: no letter in it could be taken for a pseudonym); the login is the kept one if any."""
    user, password = (keeping.user, keeping.password) if keeping is not None else login
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
