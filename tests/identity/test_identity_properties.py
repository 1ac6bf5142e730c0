"""inward(outward(x)) = x, for every kind of identifier and every kind of text said of a person."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from identity_house import Clock, opened, service_on

from keys import Purpose, rotate
from proxy.identity import Context, Sighting
from proxy.people import Cleartext, Kind, account

CHARACTERS = st.characters(exclude_categories=("Cc", "Cs"))
TEXTS = st.text(CHARACTERS, min_size=1, max_size=40).filter(lambda text: not text.isspace())
LOCALS = st.text(st.characters(categories=("L", "N"), include_characters=".+-_'"), min_size=1, max_size=20)
SUBJECTS = {
    Kind.SUBJECT: TEXTS,
    Kind.EMAIL: st.builds(lambda who, mailto: f"{mailto}{who}@uni.example", LOCALS, st.sampled_from(["", "mailto:"])),
    Kind.EMAIL_SHA1: st.text("0123456789abcdef", min_size=40, max_size=40),
    Kind.OPENID: st.builds(lambda who: f"https://id.example/{who}", LOCALS),
    Kind.ACCOUNT: st.builds(lambda who: account("https://hr.example/staff", who).reveal(), TEXTS),
}
FORMS = [Kind.SUBJECT, Kind.ACCOUNT, Kind.EMAIL, Kind.EMAIL_SHA1, Kind.OPENID]
OTHERS = [kind for kind in Kind if kind not in SUBJECTS]


@st.composite
def sightings(draw):
    kind = draw(st.sampled_from(list(SUBJECTS)))
    said = draw(st.lists(st.builds(Cleartext, st.sampled_from(OTHERS), TEXTS), max_size=3))
    return Sighting(Cleartext(kind, draw(SUBJECTS[kind])), tuple(said))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=st.lists(sightings(), min_size=1, max_size=5), tenant=st.integers(0, 10**9))
async def test_whoever_goes_out_comes_back_whatever_identifies_her(store_url, keyring, people, tenant):
    stores = await opened(store_url)
    context = Context(tenant=f"tenant-{tenant}", mount="m", route="r", exchange="x", actor="a")
    newer = keyring
    for purpose in (Purpose.SEAL, Purpose.LOOKUP, Purpose.PSEUDONYM):
        newer = rotate.rotate(newer, purpose, newer.keys[0].created)

    outward = await service_on(stores, keyring, Clock()).pseudonymize(people, context)
    tokens = [person.pseudonym.token for person in outward]
    for ring in (keyring, newer):  # now, and after everything was rotated
        service = service_on(stores, ring, Clock(), cache_size=0)
        inward = await service.reidentify(context.tenant, tokens)
        for sighting, token in zip(people, tokens, strict=True):
            assert sighting.subject in inward[token].cleartexts
            assert set(sighting.others) <= set(inward[token].cleartexts) or any(
                sum(text.kind is one.kind for text in inward[token].cleartexts) == 5 for one in sighting.others
            )
        again = await service.pseudonymize(people, context)
        assert [person.pseudonym.token for person in again] == tokens
    await stores.close()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=st.lists(sightings(), min_size=1, max_size=3), tenant=st.integers(0, 10**9))
async def test_every_form_that_leaves_is_known_as_hers_and_nothing_else_is(service, people, tenant):
    context = Context(tenant=f"tenant-{tenant}", mount="m", route="r", exchange="x", actor="a")
    for one, person in zip(people, await service.pseudonymize(people, context), strict=True):
        token = person.pseudonym.token
        for kind in FORMS:
            text = service.texts_for(person, kind, Cleartext(kind, "mailto:a@b") if kind is Kind.EMAIL else None)
            for written in (text, text.upper()):
                assert await service.token_behind(kind, written) == token
            # Addresses are known at any domain: `mail_domain` may have been another one when they were told.
            cut = () if kind is Kind.EMAIL else (f"{text}0", text[:-1])
            for wrong in (*cut, f" {text}", text.replace(text[-25], "!")):
                assert await service.token_behind(kind, wrong) == ""
        assert await service.token_behind(one.subject.kind, one.subject.reveal()) == ""
        digits = service.texts_for(person, Kind.EMAIL_SHA1)
        assert await service.sums_in(f"a-{digits}, x{digits} {'0' * 40}") == {digits: token}


@pytest.mark.parametrize("kind", OTHERS)
async def test_every_kind_of_text_is_kept_and_never_leaves_as_it_is(service, kind):
    context = Context(tenant="uni", mount="m", route="r", exchange="x", actor="a")
    said = Cleartext(kind, "Zoë Müller-Østergård")
    [person] = await service.pseudonymize([Sighting(Cleartext(Kind.SUBJECT, "4711"), (said,))], context)
    assert (await service.recall("uni", person.pseudonym.token)).text(kind) == said
