"""Running text that leaves: comments, answers, names of things. The identities of the exchange in it are replaced."""

from proxy.errors import LeakSuspected
from proxy.fields import Treat
from proxy.guard import inspect, without_addresses
from proxy.identity import IdentityService
from proxy.passage.session import Sessions
from proxy.passage.walk import Walk
from proxy.people import Substitution
from proxy.rewrite import Found, Replacing

_APART = "\n \n"
"""Stands between texts that are looked at together; nothing is found across it."""
WITHHELD = "[withheld]"
"""What stands for a free text that cannot be freed of the learner's identity word by word."""


class FreeTexts:
    """Cleans them."""

    def __init__(self, names: IdentityService, sessions: Sessions) -> None:
        """Remember who gives pseudonyms, and who knows what a person looks like."""
        self._names = names
        self._sessions = sessions

    def clean(self, text: str, walk: Walk) -> str:
        """Return what may leave of `text`; the same object if nothing in it has to be replaced.

        Where an adapter withholds addresses, one of anybody is taken out by its form alone: people whom nobody has told
        us of write to each other.
        """
        clean = self._replacing(walk).clean(text)
        if self._is_seen(clean, walk):
            clean = WITHHELD
        if walk.mount.adapter.withholds_addresses:
            clean = without_addresses(clean, WITHHELD)
        return clean

    def _replacing(self, walk: Walk) -> Replacing:
        people = walk.people()
        if walk.replacing is None or walk.replacing[0] != people:
            pairs = [
                (known, self._names.texts_for(person, known.kind, known))
                for person in people
                for known in person.cleartexts
            ]
            walk.replacing = people, Replacing(pairs)
        return walk.replacing[1]

    def others(self, found: Found, walk: Walk) -> list[Substitution]:
        """Free what nobody has described of the people the guard would see in it; nothing else of it is touched.

        What cannot be freed word by word is somebody's packed state: withheld it would be lost, and nobody would know.
        Raises `LeakSuspected`.
        """
        others = [one for one in found.findings if found.field_of(one).treat is Treat.OTHER]
        if not others or not self._is_seen(_APART.join([one.value.reveal() for one in others]), walk):
            return []
        swaps = []
        for one in others:
            text = one.value.reveal()
            clean = self.clean(text, walk) if self._is_seen(text, walk) else text
            if WITHHELD in clean or (clean != text and not walk.mount.policy.replace_free_text):
                raise LeakSuspected("free-text", route=walk.match.route.name, place=one.place, kind=one.kind)
            swaps.append(Substitution(one, clean))
        return swaps

    def _is_seen(self, text: str, walk: Walk) -> bool:
        """Tell whether the guard would still find somebody: in another spelling or disguise, where one can but guess.

        Only this text is given up then; to refuse the message would cost the learner everything else in it.
        """
        pieces = (("text", text.encode("utf-8", "surrogatepass")),)
        return bool(inspect(pieces, self._sessions.watch_all(walk.people())))
