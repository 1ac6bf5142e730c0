"""Key-encryption keys: what a provider must do. One provider a file, none of them imported here."""

from typing import Protocol

from keys.secret import Secret


class KekProvider(Protocol):
    """Wraps and unwraps a keyring's payload (some kilobytes), with authenticated encryption.

    `name` stands in the keyring file, so that it is never tried with another kind of provider.
    """

    @property
    def name(self) -> str:
        """The kind of provider: `file`."""
        ...

    def wrap(self, plain: Secret, bind: bytes) -> bytes:
        """Encrypt `plain` so that it opens with the same `bind` only. Raises KeyringError `kek-…`."""
        ...

    def unwrap(self, wrapped: bytes, bind: bytes) -> Secret:
        """Undo `wrap`. Raises KeyringError: `kek-wrong`, `keyring-altered`, `kek-…`."""
        ...
