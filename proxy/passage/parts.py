"""Postback settings that stand in several parameters of a message, as the V1 API has them.

Outward they are read once everything else is translated, so that whose results are meant is named as the cloud knows
it. The cloud is told where we listen; authentication and format are always said.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from proxy.fields import Body, Field, Shape, Treat
from proxy.message import Message
from proxy.passage.postbacks import Level, PostbackSpec
from proxy.passage.walk import Walk
from proxy.people import Finding, Substitution
from proxy.rewrite import find, put
from proxy.rewrite.signatures.parameters import parameters_of, with_changes


class PostbackDesk(Protocol):
    """Who keeps the LMS's addresses; see `proxy.passage.postbacks`."""

    async def outward(self, walk: Walk, level: Level, spec: PostbackSpec, *, partial: bool = False) -> PostbackSpec:
        """Remember what the LMS wants, and say what the cloud is told."""

    async def inward(self, walk: Walk, spec: PostbackSpec) -> PostbackSpec:
        """Say what the LMS wanted, for what the cloud was told."""

    async def withdraw(self, walk: Walk, level: Level) -> None:
        """Forget what the LMS wanted, as far as nothing is under way."""


class PostbackParts:
    """Turns them, both ways."""

    def __init__(self, desk: PostbackDesk) -> None:
        """Remember who keeps the addresses."""
        self._desk = desk

    async def outward(self, message: Message, shape: Shape, walk: Walk) -> Message:
        """Return `message` with our address, user and password in place of the LMS's, wherever its parameters stand.

        Without an address nothing of it leaves. A parameter that has a level and is no part takes back what was set
        for what it names. Raises like `Postbacks.outward`.
        """
        parts = _parts_of(shape)
        ended = [field for field in shape.fields if field.level and field.treat is Treat.TRANSLATE]
        if not parts and not ended:
            return message
        given = {name.casefold(): value for name, value in parameters_of(message)}
        for field in ended:
            await self._desk.withdraw(walk, Level(field.level, given.get(_name(field).casefold(), "")))
        if not parts:
            return message
        names = {_role(field): _name(field) for field in parts}
        url = next(field for field in parts if _role(field) == "url")
        if names["url"].casefold() not in given:
            return with_changes(message, dict.fromkeys(names.values()))
        said = {role: given.get(name.casefold(), "") for role, name in names.items()}
        ident = "/".join(given[name.casefold()] for name in url.level_of if name.casefold() in given)
        told = _texts(await self._desk.outward(walk, Level(url.level, ident), _spec(said)))
        changes = {names[role]: text or (None if role != "url" else "") for role, text in told.items()}
        return with_changes(message, changes, beside=names["url"])

    async def inward(self, message: Message, shape: Shape, walk: Walk) -> Message:
        """Return an answer with what the LMS had set; who sees no people is shown nothing of it."""
        parts = _parts_of(shape)
        if not parts or not message.body:
            return message
        plain = tuple(replace(field, treat=Treat.TEXT) for field in parts)
        found = find(message, Shape(body=Body.READ, media=shape.media, fields=plain))
        if not walk.reveals:
            return put(message, found, [Substitution(one, None) for one in found.findings])
        said = {_role(found.field_of(one)): one for one in found.findings}
        told = _texts(await self._desk.inward(walk, _spec({role: one.value.reveal() for role, one in said.items()})))
        return put(message, found, _swaps(said, told))


def _parts_of(shape: Shape) -> list[Field]:
    return [field for field in shape.fields if field.treat is Treat.PART]


def _role(field: Field) -> str:
    return field.place.steps[-1].role


def _name(field: Field) -> str:
    return field.place.steps[-1].selector


def _spec(said: Mapping[str, str]) -> PostbackSpec:
    return PostbackSpec(
        url=said.get("url", ""),
        auth_type=said.get("auth", "").upper(),
        user=said.get("user", ""),
        password=said.get("password", ""),
        results_format=said.get("results", "").upper(),
        legacy=True,
    )


def _texts(spec: PostbackSpec) -> dict[str, str]:
    """The parts by their roles, as the V1 API writes them (words in lower case)."""
    return {
        "url": spec.url,
        "auth": spec.auth_type.lower(),
        "user": spec.user,
        "password": spec.password,
        "results": spec.results_format.lower(),
    }


def _swaps(said: Mapping[str, Finding], told: Mapping[str, str]) -> Sequence[Substitution]:
    return [Substitution(one, told[role]) for role, one in said.items()]
