"""What a launch tells a course of the record store: its address, and where its key is. Both lead through us.

cmi5 section 8.1 (`endpoint`, `fetch`), Tin Can launches (`endpoint`, `auth`). The endpoint has to be a mount of ours
that speaks xAPI for the same tenant, by its own address or by the one of the store behind it.
"""

from collections.abc import Sequence

from proxy.errors import FieldInvalid, UpstreamRefused
from proxy.fields import Treat
from proxy.passage.learner_tokens import FETCH, Fetch, LearnerTokens
from proxy.passage.mounts import Mount, Mounts
from proxy.passage.returns import origin_of
from proxy.passage.walk import Walk
from proxy.people import Finding, Person, Substitution
from proxy.rewrite import Found

TREATS = frozenset({Treat.ENDPOINT, Treat.FETCH, Treat.LEARNER_TOKEN})
_AICC = "aicc"
_BASIC = "basic "


class CourseKeys:
    """Turns them."""

    def __init__(self, mounts: Mounts, tokens: LearnerTokens) -> None:
        """Remember where record stores are, and who seals keys."""
        self._mounts = mounts
        self._tokens = tokens

    def outward(self, found: Found, walk: Walk) -> list[Substitution]:
        """Return what shall stand in a launch address. `FieldInvalid` for a store or a key that goes around us."""
        hacp = [
            Substitution(one, self._hacp(one.value.reveal(), walk, one.place))
            for one in found.findings
            if found.field_of(one).treat is Treat.HACP
        ]
        mine = [one for one in found.findings if found.field_of(one).treat in TREATS]
        if not mine:
            return hacp
        store = self._store(mine, found, walk)
        people = _named(walk)
        swaps = hacp
        for one in mine:
            treat, text = found.field_of(one).treat, one.value.reveal()
            if treat is Treat.ENDPOINT:
                slash = "/" if text.endswith("/") else ""
                swaps.append(Substitution(one, f"{store.public.origin}{store.public.path}{slash}"))
            elif treat is Treat.FETCH:
                swaps.append(Substitution(one, self._fetch(text, store, people, walk, one.place)))
            elif text[: len(_BASIC)].lower() == _BASIC:
                token = self._tokens.seal(text[len(_BASIC) :].strip(), store.name, people, walk)
                swaps.append(Substitution(one, f"Basic {token}"))
            else:
                raise FieldInvalid("learner-token", place=one.place)
        return swaps

    def _store(self, mine: Sequence[Finding], found: Found, walk: Walk) -> Mount:
        for one in mine:
            if found.field_of(one).treat is Treat.ENDPOINT:
                store = self._store_at(one.value.reveal(), walk)
                if store is not None:
                    return store
        raise FieldInvalid("foreign-endpoint", place="endpoint")

    def _store_at(self, address: str, walk: Walk) -> Mount | None:
        bare = address.rstrip("/")
        for mount in self._mounts.all:
            if mount.tenant == walk.mount.tenant and mount.adapter.name == "xapi":
                for base in (mount.public, mount.upstream):
                    if bare.lower() == f"{base.origin}{base.path}".lower():
                        return mount
        return None

    def _hacp(self, text: str, walk: Walk, place: str) -> str:
        """The same address at our mount for that LMS; `FieldInvalid` if there is none."""
        for mount in self._mounts.all:
            if mount.tenant == walk.mount.tenant and mount.adapter.name == _AICC:
                for base in (mount.upstream, mount.public):
                    whole = base.origin + base.path
                    rest = text[len(whole) :]
                    if text.lower().startswith(whole.lower()) and rest[:1] in {"", "?", "/"}:
                        return f"{mount.public.origin}{mount.public.path}{rest}"
        raise FieldInvalid("foreign-address", place=place)

    def _fetch(self, text: str, store: Mount, people: Sequence[str], walk: Walk, place: str) -> str:
        mount, origin = walk.mount, origin_of(text, place=place)
        if origin == mount.public.origin or text.startswith(f"{mount.public.origin}{mount.public.path}{FETCH}"):
            return text
        if origin not in mount.lms_origins:
            raise FieldInvalid("foreign-address", place=place)
        return self._tokens.seal_fetch(Fetch(text, store.name, tuple(people)), mount)

    def inward(self, found: Found, walk: Walk) -> list[Substitution]:
        """Return the key of ours for each key in an answer; `UpstreamRefused` where no store of ours takes it."""
        swaps: list[Substitution] = []
        for one in found.findings:
            if found.field_of(one).treat is Treat.LEARNER_TOKEN:
                store = walk.store or self._store_of(walk)
                if not store:
                    raise UpstreamRefused("no-record-store", route=walk.match.route.name)
                swaps.append(Substitution(one, self._tokens.seal(one.value.reveal(), store, _named(walk), walk)))
        return swaps

    def _store_of(self, walk: Walk) -> str:
        """The mounts for record stores of the cloud that gave a key out: none of them shows it to anybody else."""
        names = [
            mount.name
            for mount in self._mounts.all
            if mount.tenant == walk.mount.tenant
            and mount.adapter.name == "xapi"
            and mount.upstream.origin == walk.mount.upstream.origin
        ]
        return " ".join(names)


def _named(walk: Walk) -> list[str]:
    """Whose course it is: whom the launch names, else whom this browser launched."""
    people: Sequence[Person] = walk.seen or walk.vouched or walk.session.people
    return [person.pseudonym.token for person in people]
