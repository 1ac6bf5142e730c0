"""A key-encryption key that never leaves an HSM: an AES-256 key of a PKCS#11 token (OASIS PKCS #11, v2.40 and later).

The token encrypts a data key of 32 bytes with CKM_AES_GCM (PKCS #11 mechanisms, AES-GCM): nonce of 12 random bytes, a
constant as associated data, tag of 128 bits. There is no fallback to an unauthenticated mechanism: a token without
AES-GCM is refused. Shape of what is wrapped: `keys.kek.box`; the wrapped data key is nonce and ciphertext.

Needs `python-pkcs11`, which is optional: it is imported by name, at the first use and nowhere else.
"""

import importlib
import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any, ClassVar, Final

from keys.errors import KeyringError
from keys.kek.box import KEY_LENGTH, close_under_data_key, open_under_data_key
from keys.secret import Secret

_NONCE: Final = 12
_TAG_BITS: Final = 128
_BIND: Final = b"scormveil-kek-pkcs11-1"
_KEY_BITS: Final = 256
_CODES: Final = MappingProxyType(
    {
        "PinIncorrect": "kek-pin",
        "PinInvalid": "kek-pin",
        "PinLenRange": "kek-pin",
        "PinLocked": "kek-pin",
        "PinExpired": "kek-pin",
        "UserPinNotInitialized": "kek-pin",
        "MechanismInvalid": "kek-hsm-unfit",
        "MechanismParamInvalid": "kek-hsm-unfit",
        "PKCS11Error": "kek-no-library",  # the plain one: the library could not be loaded
    }
)
"""By the name of the exception; everything else means that the token does not do its work: `kek-unavailable`."""

_GONE: Final = frozenset(
    ("DeviceError", "DeviceRemoved", "SessionClosed", "SessionHandleInvalid", "TokenNotPresent", "UserNotLoggedIn")
)


class Pkcs11Kek:
    """The AES key `label` in the token `token`, by the PKCS#11 module `library` (a path).

    `pin` is asked at each use and what it gives is not kept. The key must be sensitive and not extractable; `create`
    makes one. Each use logs in anew, so an HSM that was unplugged, or exchanged for its clone, is noticed. Raises
    KeyringError `kek-unavailable` (token gone), `kek-pin`, `kek-hsm-no-key`, `kek-hsm-unfit`, `kek-no-library`,
    `kek-wrong` if the token's key does not open it, `keyring-altered`.
    """

    name: ClassVar[str] = "pkcs11"
    _turn: ClassVar[threading.Lock] = threading.Lock()
    """The library is one for the whole process, and who finalizes it must not do so under another's feet."""

    def __init__(self, library: Path, token: str, label: str, pin: Callable[[], Secret]) -> None:
        """Remember where the key is; nothing is loaded or asked yet."""
        self._library = str(library)
        self._token = token
        self._label = label
        self._pin = pin

    def create(self) -> None:
        """Make the key in the token: AES-256, sensitive, never extractable. Raises KeyringError `kek-exists`."""
        self._use(self._make, writing=True)

    def wrap(self, plain: Secret, bind: bytes) -> bytes:
        """Encrypt under a new data key, which the token encrypts."""
        return close_under_data_key(plain, bind, self._protect)

    def unwrap(self, wrapped: bytes, bind: bytes) -> Secret:
        """Decrypt with the data key that the token decrypts."""
        return open_under_data_key(wrapped, bind, self._recover)

    def _protect(self, data_key: Secret) -> bytes:
        def encrypt(pkcs11: ModuleType, session: Any) -> Secret:
            nonce = secrets.token_bytes(_NONCE)
            key = self._key(pkcs11, session)
            return Secret(nonce + key.encrypt(data_key.reveal(), **_gcm(pkcs11, nonce)))

        return self._use(encrypt).reveal()

    def _recover(self, protected: bytes) -> Secret:
        def decrypt(pkcs11: ModuleType, session: Any) -> Secret:
            key = self._key(pkcs11, session)
            try:
                return Secret(key.decrypt(protected[_NONCE:], **_gcm(pkcs11, protected[:_NONCE])))
            except pkcs11.PKCS11Error as problem:
                # Tokens name a tag that does not fit in many ways (SoftHSM 2.6: CKR_GENERAL_ERROR).
                raise KeyringError("kek-unavailable" if type(problem).__name__ in _GONE else "kek-wrong") from None

        if len(protected) != _NONCE + KEY_LENGTH + _TAG_BITS // 8:
            raise KeyringError("keyring-altered")
        return self._use(decrypt)

    def _make(self, pkcs11: ModuleType, session: Any) -> Secret:
        if self._found(pkcs11, session):
            raise KeyringError("kek-exists")
        session.generate_key(
            pkcs11.KeyType.AES,
            _KEY_BITS,
            label=self._label,
            id=secrets.token_bytes(8),
            store=True,
            capabilities=pkcs11.MechanismFlag.ENCRYPT | pkcs11.MechanismFlag.DECRYPT,
            template={pkcs11.Attribute.SENSITIVE: True, pkcs11.Attribute.EXTRACTABLE: False},
        )
        return Secret(b"")

    def _key(self, pkcs11: ModuleType, session: Any) -> Any:
        found = self._found(pkcs11, session)
        if len(found) != 1:
            raise KeyringError("kek-hsm-no-key")
        key, has = found[0], pkcs11.Attribute
        kept = key[has.SENSITIVE] and not key[has.EXTRACTABLE]
        able = key[has.ENCRYPT] and key[has.DECRYPT] and key[has.KEY_TYPE] == pkcs11.KeyType.AES
        if not kept or not able or key.key_length != _KEY_BITS:
            raise KeyringError("kek-hsm-unfit")
        return key

    def _found(self, pkcs11: ModuleType, session: Any) -> list[Any]:
        """All secret keys of the label. To the end: a search that is broken off is left open in the token."""
        has = pkcs11.Attribute
        return list(session.get_objects({has.CLASS: pkcs11.ObjectClass.SECRET_KEY, has.LABEL: self._label}))

    def _use(self, act: Callable[[ModuleType, Any], Secret], *, writing: bool = False) -> Secret:
        """What `act` gives in a session of its own. Raises KeyringError.

        The refusal is raised here, where no handle of the token is in reach: to print one means to ask the token.
        """
        with self._turn:
            outcome = self._outcome(act, writing)
        if isinstance(outcome, str):
            raise KeyringError(outcome)
        return outcome

    def _outcome(self, act: Callable[[ModuleType, Any], Secret], writing: bool) -> Secret | str:
        """What `act` gives, or the code of the refusal."""
        try:
            # By name: the part is optional, and neither a type checker nor an import of this room may need it.
            pkcs11 = importlib.import_module("pkcs11")
        except ImportError:
            return "kek-no-library"
        try:
            library = pkcs11.lib(self._library)
            try:
                return self._logged_in(pkcs11, library, act, writing)
            finally:
                # So the next use sees what happened to the token meanwhile.
                with suppress(pkcs11.PKCS11Error):
                    library.finalize()
        except pkcs11.PKCS11Error as problem:
            return _CODES.get(type(problem).__name__, "kek-unavailable")
        except KeyringError as refused:
            return refused.code

    def _logged_in(
        self, pkcs11: ModuleType, library: Any, act: Callable[[ModuleType, Any], Secret], writing: bool
    ) -> Secret:
        token = library.get_token(token_label=self._token)
        if pkcs11.Mechanism.AES_GCM not in token.slot.get_mechanisms():
            raise KeyringError("kek-hsm-unfit")
        with token.open(rw=writing, user_pin=_text(self._pin())) as session:
            return act(pkcs11, session)


def _text(pin: Secret) -> str:
    try:
        return pin.reveal().decode("utf-8")
    except UnicodeDecodeError:
        raise KeyringError("kek-pin") from None


def _gcm(pkcs11: ModuleType, nonce: bytes) -> dict[str, Any]:
    params = pkcs11.GCMParams(nonce=nonce, aad=_BIND, tag_bits=_TAG_BITS)
    return {"mechanism": pkcs11.Mechanism.AES_GCM, "mechanism_param": params}
