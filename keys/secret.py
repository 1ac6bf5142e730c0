"""Bytes that do not print, pickle, copy into other formats or compare in variable time."""

import hmac
from typing import NoReturn


class Secret:
    """Key material. `repr` shows nothing of it; `reveal` is the single, grep-able way to the bytes.

    Call `reveal()` inside the call that needs the bytes and bind them to no name: a local variable shows up in
    tracebacks that print locals.
    """

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        """Wrap a copy of `value`."""
        self._value = bytes(value)

    def reveal(self) -> bytes:
        """Give the bytes."""
        return self._value

    def __len__(self) -> int:
        return len(self._value)

    def __repr__(self) -> str:
        return "<Secret>"

    def __str__(self) -> NoReturn:
        raise TypeError("a Secret does not print")

    def __format__(self, _spec: str) -> NoReturn:
        raise TypeError("a Secret does not print")

    def __bytes__(self) -> NoReturn:
        raise TypeError("a Secret becomes bytes by reveal() only")

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        raise TypeError("a Secret is neither pickled nor copied")

    def __getstate__(self) -> NoReturn:
        raise TypeError("a Secret is neither pickled nor copied")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value, other._value)

    def __hash__(self) -> NoReturn:
        # A hash table compares by a fast, unkeyed hash first: not a place for key material.
        raise TypeError("a Secret is not hashed")
