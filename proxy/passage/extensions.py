"""Extensions of xAPI: a JSON object with an IRI for each key and anything for its value (xAPI 1.0.3 part 2, 4.1).

What happens to a value is the mount's decision, IRI by IRI: read as free text wherever it has strings, kept, dropped,
or refused. An IRI that is not a key of the policy has the mount's word for all others.
"""

import json
from collections.abc import Iterator, Sequence
from urllib.parse import parse_qsl, urlsplit

from proxy.errors import FieldInvalid, LeakSuspected, NotPermitted
from proxy.fields import Treat
from proxy.guard import looks_like_address
from proxy.passage.texts import FreeTexts
from proxy.passage.walk import Walk
from proxy.people import Finding, Kind, Substitution
from proxy.rewrite import Found, Node, Raw, remove_members, splice, tree_of

LAUNCH_URL = "https://w3id.org/xapi/cmi5/context/extensions/launchurl"
_LAUNCH_KEYS = frozenset({"actor", "fetch", "auth", "endpoint"})


class Extensions:
    """Carries the policy out."""

    def __init__(self, texts: FreeTexts) -> None:
        """Remember who cleans running text."""
        self._texts = texts

    def outward(self, found: Found, walk: Walk) -> list[Substitution]:
        """Return what shall stand at the spots of extensions. Raises FieldInvalid, NotPermitted, LeakSuspected."""
        swaps: list[Substitution] = []
        for one in found.findings:
            if found.field_of(one).treat is Treat.EXTENSIONS:
                text = self._clean(one, walk)
                if text != one.value.reveal():
                    swaps.append(Substitution(one, Raw(text)))
        return swaps

    def _clean(self, one: Finding, walk: Walk) -> str:
        text = one.value.reveal()
        tree = tree_of(text)
        if tree.members is None:
            raise FieldInvalid("extensions", place=one.place)
        policy = walk.mount.xapi
        gone: list[str] = []
        edits: list[tuple[int, int, str]] = []
        for iri, node in tree.members.items():
            word = policy.extensions.get(iri, policy.other_extensions)
            if iri == LAUNCH_URL and word != "drop":
                _check_launch_url(node, one)
            if word == "refuse":
                raise NotPermitted("extension", route=walk.match.route.name, place=one.place)
            if word == "drop":
                gone.append(iri)
            elif word == "text":
                self._check_keys(node, one, walk)
                edits += self._edits(node, walk)
        if any(looks_like_address(iri) for iri in tree.members if iri not in gone):
            raise LeakSuspected("address-like", route=walk.match.route.name, place=one.place, kind=Kind.EMAIL)
        if edits and not walk.mount.policy.replace_free_text:
            raise LeakSuspected("free-text", route=walk.match.route.name, place=one.place, kind=Kind.FREE_TEXT)
        return splice(text, edits + remove_members(tree, gone))

    @staticmethod
    def _check_keys(node: Node, one: Finding, walk: Walk) -> None:
        """A key is structure, which nothing can stand for; one that is somebody's address refuses the message."""
        if any(looks_like_address(key) for key in _keys(node)):
            raise LeakSuspected("address-like", route=walk.match.route.name, place=one.place, kind=Kind.EMAIL)

    def _edits(self, node: Node, walk: Walk) -> Sequence[tuple[int, int, str]]:
        edits = []
        strings = [inner for inner in node.strings() if (inner.value or "").strip()]
        cleaned = self._texts.clean_all((inner.value or "" for inner in strings), walk)
        for inner in strings:
            said = inner.value or ""
            if cleaned[said] != said:
                edits.append((inner.start, inner.end, json.dumps(cleaned[said], ensure_ascii=False)))
        return edits


def _check_launch_url(node: Node, one: Finding) -> None:
    """The launch address in a statement of the LMS's is the one without the launch (cmi5 9.3.1): it names the learner.

    The key that a course fetches stands in it as well.
    """
    pairs = parse_qsl(urlsplit(node.value or "").query, keep_blank_values=True)
    if node.value is None or not _LAUNCH_KEYS.isdisjoint(key.lower() for key, _ in pairs):
        raise FieldInvalid("launch-parameters", place=one.place)


def _keys(node: Node) -> Iterator[str]:
    yield from node.members or ()
    for inner in (*(node.members or {}).values(), *(node.elements or ())):
        yield from _keys(inner)
