"""Whoever looks on while a message is carried: `scormveil trace`, and nobody in a running proxy.

A witness is told what the corridor itself goes by, so that what it reports cannot differ from what is done. It changes
nothing; what it keeps of it are identities, and stays within its process.
"""

from collections.abc import Sequence
from typing import Protocol

from proxy.fields import Shape
from proxy.message import Message
from proxy.passage.walk import Walk
from proxy.people import Substitution
from proxy.rewrite import Found


class Witness(Protocol):
    """What a witness is told. The direction is the message's."""

    def opens(self, message: Message, shape: Shape, walk: Walk) -> None:
        """A message is about to be read by its declaration; it may yet be refused."""

    def found(self, found: Found, walk: Walk) -> None:
        """It was read, and this is what it holds."""

    def put(self, found: Found, swaps: Sequence[Substitution], walk: Walk) -> None:
        """This will stand in it; what was found and is not named stays as it was."""


class NobodyLooks:
    """The witness of a running proxy."""

    def opens(self, message: Message, shape: Shape, walk: Walk) -> None:
        """Nobody is told."""

    def found(self, found: Found, walk: Walk) -> None:
        """Nobody is told."""

    def put(self, found: Found, swaps: Sequence[Substitution], walk: Walk) -> None:
        """Nobody is told."""
