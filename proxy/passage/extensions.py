"""Extensions of xAPI: a JSON object with an IRI for each key and anything for its value (xAPI 1.0.3 part 2, 4.1).

What happens to a value is the mount's decision, IRI by IRI: read as free text wherever it has strings, kept, dropped,
or refused. An IRI that is not a key of the policy has the mount's word for all others.

What is written as an agent in them is none for the store; but it is somebody. Who is not of the exchange is withheld.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import parse_qsl, urlsplit

from proxy.errors import FieldInvalid, LeakSuspected, NotPermitted
from proxy.fields import Treat
from proxy.guard import looks_like_address
from proxy.identity import HOME_PAGE, IdentityService
from proxy.passage.texts import WITHHELD, FreeTexts
from proxy.passage.walk import Walk
from proxy.people import Finding, Kind, Substitution
from proxy.rewrite import Found, Node, Raw, remove_members, splice, tree_of

LAUNCH_URL = "https://w3id.org/xapi/cmi5/context/extensions/launchurl"
_IDENTIFIERS = frozenset({"mbox", "mbox_sha1sum", "openid", "account"})
_NAMING = frozenset({"name", "givenName", "firstName", "familyName", "lastName", "mbox", "mbox_sha1sum", "openid"})
_PLACES = frozenset({"homePage", "accountServiceHomePage"})
_AGENTS = frozenset({"Agent", "Group", "Person"})
_LAUNCH_KEYS = frozenset({"actor", "fetch", "auth", "endpoint"})


class Extensions:
    """Carries the policy out."""

    def __init__(self, texts: FreeTexts, names: IdentityService) -> None:
        """Remember who cleans running text, and who knows a pseudonym."""
        self._texts = texts
        self._names = names

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
        strangers = {inner.start for agent in _agents(node) if not self._is_ours(agent) for inner in _naming(agent)}
        for inner in strings:
            said = inner.value or ""
            told = WITHHELD if inner.start in strangers and cleaned[said] == said else cleaned[said]
            if told != said:
                edits.append((inner.start, inner.end, json.dumps(told, ensure_ascii=False)))
        return edits

    def _is_ours(self, agent: Mapping[str, Node]) -> bool:
        """Whether an agent is somebody's pseudonym: then all that it says of her is what we have told."""
        texts = [inner.value or "" for key in _IDENTIFIERS if key in agent for inner in agent[key].strings()]
        return HOME_PAGE in texts or any(self._names.pseudonyms_in(text) for text in texts)


def _agents(node: Node) -> Iterator[Mapping[str, Node]]:
    """Whatever in it is written as an agent is (xAPI 1.0.3 part 2, 2.4.2): somebody of whom nobody may have told us."""
    members = node.members or {}
    kind = members.get("objectType")
    if not _IDENTIFIERS.isdisjoint(members) or (kind is not None and kind.value in _AGENTS):
        yield members
    for inner in (*members.values(), *(node.elements or ())):
        yield from _agents(inner)


def _naming(agent: Mapping[str, Node]) -> Iterator[Node]:
    """Texts that say who it is; of an account not where it is."""
    for key in _NAMING:
        if key in agent:
            yield from agent[key].strings()
    account = agent["account"].members if "account" in agent else None
    for key, inner in (account or {}).items():
        if key not in _PLACES:
            yield from inner.strings()


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
