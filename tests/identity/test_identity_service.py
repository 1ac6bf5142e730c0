"""People become pseudonyms and come back, whatever happens in between."""

import asyncio
import hashlib
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from identity_house import CONTEXT, PEOPLE, Clock, opened, rotated, service_on, sighting, texts

from keys import Envelope, PseudonymScheme, Purpose, seal_record, unwrap_person_key
from proxy.errors import FieldInvalid, FieldMissing, KeysUnavailable, SealFailed, StoreFailed
from proxy.identity import Context, Sighting
from proxy.people import Cleartext, Kind

CLINIC = Context(tenant="clinic", mount="cloud", route="dispatch-v2.launch", exchange="x-2", actor="proxy")
MINUTE, DAY = 60_000, 86_400_000


async def minted_tokens(store):
    return [entry.pseudonym for _, entry in await store.read_audit(0, 1000) if entry.event == "minted"]


class TestAPerson:
    @pytest.mark.parametrize(("subject", "given_name", "family"), PEOPLE)
    async def test_comes_back_as_she_went(self, service, stores, keyring, clock, subject, given_name, family):
        [outward] = await service.pseudonymize([sighting(subject, given_name, family)], CONTEXT)

        elsewhere = service_on(stores, keyring, clock)
        inward = await elsewhere.recall("uni", outward.pseudonym.token)

        assert texts(inward, Kind.SUBJECT) == [subject]
        assert texts(inward, Kind.FAMILY) == [family]
        assert texts(inward, Kind.GIVEN) == ([given_name] if given_name else [])
        assert inward == outward
        assert PseudonymScheme(keyring).valid(outward.pseudonym.token)

    async def test_keeps_her_pseudonym(self, service, stores, keyring, clock):
        [first] = await service.pseudonymize([sighting("4711", "Zoë")], CONTEXT)
        [again] = await service.pseudonymize([sighting("4711", "Zoë")], CONTEXT)
        [elsewhere] = await service_on(stores, keyring, clock).pseudonymize([sighting("4711")], CONTEXT)

        assert first.pseudonym == again.pseudonym == elsewhere.pseudonym

    async def test_shares_it_with_nobody_and_not_between_tenants(self, service):
        everyone = await service.pseudonymize([sighting(subject) for subject, _, _ in PEOPLE], CONTEXT)
        [of_clinic] = await service.pseudonymize([sighting("4711")], CLINIC)

        assert len({person.pseudonym.token for person in [*everyone, of_clinic]}) == len(PEOPLE) + 1
        assert await service.recall("clinic", everyone[0].pseudonym.token) is None

    async def test_is_minted_once_with_one_audit_entry(self, service, store):
        [person] = await service.pseudonymize([sighting("4711")], CONTEXT)
        await service.pseudonymize([sighting("4711")], CONTEXT)

        [(_, entry)] = await store.read_audit(0, 10)
        assert (entry.event, entry.pseudonym, entry.key_id) == (
            "minted",
            person.pseudonym.token,
            person.pseudonym.key_id,
        )
        assert (entry.tenant, entry.mount, entry.route, entry.exchange, entry.actor) == (
            "uni",
            "cloud",
            "dispatch-v2.launch",
            "x-1",
            "proxy",
        )
        assert (entry.kind, entry.count) == ("subject", 1)

    async def test_seen_twice_in_one_batch_is_one_person_with_everything_said_of_her(self, service, store):
        first, other, second = await service.pseudonymize(
            [sighting("4711", given="Zoë"), sighting("4712"), sighting("4711", family="Müller")], CONTEXT
        )

        assert first is second
        assert other.pseudonym != first.pseudonym
        assert (texts(first, Kind.GIVEN), texts(first, Kind.FAMILY)) == (["Zoë"], ["Müller"])
        assert len(await minted_tokens(store)) == 2

    async def test_seen_by_many_at_once_is_one_person(self, stores, store, keyring, clock):
        nodes = [service_on(stores, keyring, clock) for _ in range(3)]

        answers = await asyncio.gather(
            *(nodes[turn % 3].pseudonymize([sighting("4711", "Zoë"), sighting("4712")], CONTEXT) for turn in range(30))
        )

        assert len({answer[0].pseudonym for answer in answers}) == 1
        assert len(await minted_tokens(store)) == 2

    async def test_is_one_person_however_slashes_of_her_id_are_spelled(self, service):
        slash, back, under = await service.pseudonymize(
            [sighting("uni/4711"), sighting("uni\\4711"), sighting("uni_4711")], CONTEXT
        )

        assert slash.pseudonym == back.pseudonym == under.pseudonym

    async def test_is_one_person_by_address_or_by_its_sha1(self, service):
        spellings = [
            Cleartext(Kind.EMAIL, "mailto:Zoe@UNI.example"),
            Cleartext(Kind.EMAIL, "Zoe@uni.example"),
            Cleartext(
                Kind.EMAIL_SHA1, hashlib.sha1(b"mailto:Zoe@uni.example", usedforsecurity=False).hexdigest().upper()
            ),
        ]
        people = await service.pseudonymize([Sighting(spelling) for spelling in spellings], CONTEXT)
        [other] = await service.pseudonymize([Sighting(Cleartext(Kind.EMAIL, "zoe@uni.example"))], CONTEXT)

        assert len({person.pseudonym for person in people}) == 1
        assert other.pseudonym != people[0].pseudonym


class TestNews:
    async def test_a_new_name_comes_first_and_the_old_one_is_remembered(self, service, stores, keyring, clock):
        await service.pseudonymize([sighting("4711", family="Müller")], CONTEXT)
        [person] = await service.pseudonymize([sighting("4711", family="Østergård")], CONTEXT)

        read = await service_on(stores, keyring, clock).recall("uni", person.pseudonym.token)
        assert texts(person, Kind.FAMILY) == texts(read, Kind.FAMILY) == ["Østergård", "Müller"]

    async def test_a_name_taken_back_comes_first_again(self, service):
        for family in ("Müller", "Østergård", "Müller"):
            [person] = await service.pseudonymize([sighting("4711", family=family)], CONTEXT)

        assert texts(person, Kind.FAMILY) == ["Müller", "Østergård"]

    async def test_the_five_newest_names_are_kept(self, service):
        for number in range(8):
            [person] = await service.pseudonymize([sighting("4711", name=f"Zoë {number}")], CONTEXT)

        assert texts(person, Kind.NAME) == [f"Zoë {number}" for number in (7, 6, 5, 4, 3)]

    async def test_what_is_not_said_is_not_forgotten(self, service):
        await service.pseudonymize([sighting("4711", "Zoë", "Müller")], CONTEXT)
        [person] = await service.pseudonymize([sighting("4711")], CONTEXT)

        assert (texts(person, Kind.GIVEN), texts(person, Kind.FAMILY)) == (["Zoë"], ["Müller"])

    async def test_no_news_is_not_written(self, service, store, monkeypatch):
        both = [sighting("4711", name="Zoë Müller"), sighting("4711", name="Müller, Zoë")]
        await service.pseudonymize(both, CONTEXT)
        await service.pseudonymize([sighting("4711", "Zoë")], CONTEXT)

        touched = []
        for method in ("reseal", "insert_or_get", "by_lookup", "by_pseudonym"):
            monkeypatch.setattr(store, method, lambda *_, method=method, **__: touched.append(method))
        await service.pseudonymize(both, CONTEXT)
        await service.pseudonymize([sighting("4711", "Zoë")], CONTEXT)
        await service.pseudonymize([sighting("4711", "  ")], CONTEXT)

        assert touched == []

    async def test_two_nodes_with_different_news_lose_neither(self, stores, keyring, clock):
        nodes = [service_on(stores, keyring, clock) for _ in range(4)]
        await asyncio.gather(*(node.pseudonymize([sighting("4711")], CONTEXT) for node in nodes))

        people = await asyncio.gather(
            *(
                node.pseudonymize([sighting("4711", given=f"Zoë {number}")], CONTEXT)
                for number, node in enumerate(nodes)
            )
        )

        read = await service_on(stores, keyring, clock).recall("uni", people[0][0].pseudonym.token)
        assert sorted(texts(read, Kind.GIVEN)) == ["Zoë 0", "Zoë 1", "Zoë 2", "Zoë 3"]

    async def test_the_news_of_another_node_arrive_within_a_minute(self, service, stores, keyring, clock):
        [person] = await service.pseudonymize([sighting("4711")], CONTEXT)
        await service_on(stores, keyring, clock).pseudonymize([sighting("4711", "Zoë")], CONTEXT)

        clock.now += MINUTE
        read = await service.recall("uni", person.pseudonym.token)

        assert texts(read, Kind.GIVEN) == ["Zoë"]

    async def test_the_news_that_arrive_while_someone_reads_are_not_forgotten(
        self, stores, service, keyring, clock, monkeypatch
    ):
        [person] = await service_on(stores, keyring, clock).pseudonymize([sighting("4711")], CONTEXT)
        has_read, may_go_on, read = asyncio.Event(), asyncio.Event(), stores.mapping.by_pseudonym

        async def slow(*arguments):
            records = await read(*arguments)
            has_read.set()
            await may_go_on.wait()
            return records

        monkeypatch.setattr(stores.mapping, "by_pseudonym", slow)
        reading = asyncio.ensure_future(service.recall("uni", person.pseudonym.token))
        await has_read.wait()
        await service.pseudonymize([sighting("4711", "Zoë")], CONTEXT)
        may_go_on.set()

        assert texts(await reading, Kind.GIVEN) == ["Zoë"]
        assert texts(await service.recall("uni", person.pseudonym.token), Kind.GIVEN) == ["Zoë"]

    async def test_the_day_she_was_last_seen_is_kept(self, service, store, clock):
        [person] = await service.pseudonymize([sighting("4711")], CONTEXT)
        clock.now += 3 * DAY
        await service.pseudonymize([sighting("4711")], CONTEXT)

        [(_, record)] = await store.by_pseudonym("uni", [person.pseudonym.token])
        assert (record.last_seen, record.last_seen - record.created) == (clock.now, 3 * DAY)


class TestTheWayBack:
    async def test_gives_those_who_are_known_and_leaves_out_the_others(self, service, keyring):
        people = await service.pseudonymize([sighting(subject) for subject, _, _ in PEOPLE], CONTEXT)
        tokens = [person.pseudonym.token for person in people]
        stranger = PseudonymScheme(keyring).mint("uni", "subject", ("nobody",)).token

        found = await service.reidentify("uni", [*tokens, stranger, "4711", "", tokens[0][:-1]])

        assert found == dict(zip(tokens, people, strict=True))

    async def test_a_pseudonym_in_capitals_is_the_same_pseudonym(self, service):
        [person] = await service.pseudonymize([sighting("4711")], CONTEXT)
        shouted = person.pseudonym.token.upper()

        assert await service.reidentify("uni", [shouted]) == {shouted: person}
        assert await service.recall("uni", shouted) == person

    async def test_writes_no_audit_entry_of_its_own(self, service, store):
        [person] = await service.pseudonymize([sighting("4711")], CONTEXT)
        await service.recall("uni", person.pseudonym.token)

        assert [entry.event for _, entry in await store.read_audit(0, 10)] == ["minted"]

    async def test_needs_no_store_for_someone_seen_just_now(self, service, store, monkeypatch):
        [person] = await service.pseudonymize([sighting("4711")], CONTEXT)
        monkeypatch.setattr(store, "by_pseudonym", None)

        assert await service.recall("uni", person.pseudonym.token) is person


class TestRotation:
    async def test_who_is_known_keeps_her_pseudonym_and_who_is_new_gets_the_new_key(
        self, service, stores, newer_keyring, clock
    ):
        [before] = await service.pseudonymize([sighting("4711", "Zoë")], CONTEXT)
        later = service_on(stores, newer_keyring, clock)

        again, newcomer = await later.pseudonymize([sighting("4711"), sighting("4712")], CONTEXT)
        from_memory = await later.pseudonymize([sighting("4711")], CONTEXT)

        assert again == before
        assert from_memory == [before]
        assert newcomer.pseudonym.key_id == newer_keyring.active(Purpose.PSEUDONYM).id != before.pseudonym.key_id
        assert await later.recall("uni", before.pseudonym.token) == before

    async def test_nodes_before_and_after_a_rotation_of_the_lookup_key_agree(
        self, stores, store, keyring, newer_keyring, clock
    ):
        only_lookup = rotated(keyring, purpose=Purpose.LOOKUP, fresh_from=newer_keyring)
        old, new = service_on(stores, keyring, clock), service_on(stores, only_lookup, clock)

        answers = await asyncio.gather(*(node.pseudonymize([sighting("4711")], CONTEXT) for node in [old, new] * 3))

        assert len({answer[0].pseudonym for answer in answers}) == 1
        assert len(await minted_tokens(store)) == 1


class TestRefusals:
    @pytest.mark.parametrize("subject", ["", "   "])
    async def test_nobody(self, service, subject):
        with pytest.raises(FieldMissing):
            await service.pseudonymize([sighting(subject)], CONTEXT)

    async def test_one_person_with_two_ids(self, service):
        two = Sighting(Cleartext(Kind.SUBJECT, "4711"), (Cleartext(Kind.SUBJECT, "4712"),))

        with pytest.raises(FieldInvalid, match="two-subjects"):
            await service.pseudonymize([two], CONTEXT)

    async def test_one_bad_sighting_mints_nobody(self, service, store):
        with pytest.raises(FieldInvalid):
            await service.pseudonymize([sighting("4711"), sighting("47\x0011")], CONTEXT)

        assert await store.read_audit(0, 10) == []

    async def test_a_closed_store_even_for_someone_in_memory(self, service, store):
        [person] = await service.pseudonymize([sighting("4711")], CONTEXT)
        await store.close()

        for call in (
            service.pseudonymize([sighting("4711")], CONTEXT),
            service.recall("uni", person.pseudonym.token),
            service.reidentify("uni", [person.pseudonym.token]),
        ):
            with pytest.raises(StoreFailed):
                await call

    async def test_a_closed_key_store_even_for_someone_in_memory(self, service, stores):
        await service.pseudonymize([sighting("4711")], CONTEXT)
        await stores.keys.close()

        with pytest.raises(StoreFailed, match="closed"):
            await service.pseudonymize([sighting("4711")], CONTEXT)

    async def test_who_is_new_while_our_keyring_may_not_be_the_newest(self, service, stores, keyring, clock):
        def not_now():
            raise KeysUnavailable("keyring-behind")

        [zoe] = await service.pseudonymize([sighting("4711")], CONTEXT)
        behind = service_on(stores, keyring, clock, may_mint=not_now)

        assert await behind.pseudonymize([sighting("4711")], CONTEXT) == [zoe]
        assert await behind.recall("uni", zoe.pseudonym.token) == zoe
        with pytest.raises(KeysUnavailable, match="keyring-behind"):
            await behind.pseudonymize([sighting("4712")], CONTEXT)
        assert len(await minted_tokens(stores.mapping)) == 1

    async def test_a_record_sealed_under_a_key_we_do_not_have(self, service, stores, newer_keyring, clock):
        later = service_on(stores, newer_keyring, clock)
        [person] = await later.pseudonymize([sighting("4711")], CONTEXT)

        with pytest.raises(KeysUnavailable, match="no-key"):
            await service.recall("uni", person.pseudonym.token)

    async def test_a_record_that_was_altered(self, stores, service, store, keyring, clock):
        [person] = await service.pseudonymize([sighting("4711")], CONTEXT)
        [(_, record)] = await store.by_pseudonym("uni", [person.pseudonym.token])
        await store.reseal(replace(record, sealed=record.sealed[:-1] + bytes([record.sealed[-1] ^ 1])))

        with pytest.raises(SealFailed, match="sealed-altered"):
            await service_on(stores, keyring, clock).recall("uni", person.pseudonym.token)

    async def test_a_record_of_someone_else_put_in_her_place(self, stores, service, store, keyring, clock):
        zoe, plato = await service.pseudonymize([sighting("4711"), sighting("Plato")], CONTEXT)
        [(_, hers)] = await store.by_pseudonym("uni", [zoe.pseudonym.token])
        [(_, his)] = await store.by_pseudonym("uni", [plato.pseudonym.token])
        await store.reseal(replace(hers, sealed=his.sealed))

        with pytest.raises(SealFailed):
            await service_on(stores, keyring, clock).pseudonymize([sighting("4711")], CONTEXT)

    async def test_mappings_whose_indexes_were_exchanged(self, stores, service, keyring, clock, monkeypatch):
        zoe, plato = await service.pseudonymize([sighting("4711"), sighting("Plato")], CONTEXT)
        assert zoe != plato
        [(_, his)] = await stores.mapping.by_pseudonym("uni", [plato.pseudonym.token])

        async def exchanged(_tenant, _kind, values):
            return [(values[0], his)]

        monkeypatch.setattr(stores.mapping, "by_lookup", exchanged)

        with pytest.raises(SealFailed, match="mapping-mismatch"):
            await service_on(stores, keyring, clock).pseudonymize([sighting("4711")], CONTEXT)

    async def test_a_pseudonym_that_was_given_another_row_in_the_database(self, stores, service, keyring, clock):
        zoe, plato = await service.pseudonymize([sighting("4711"), sighting("Plato")], CONTEXT)
        [(_, his)] = await stores.mapping.by_pseudonym("uni", [plato.pseudonym.token])

        async def pointed(_tenant, _tokens):
            return [(zoe.pseudonym.token, his)]

        stores.mapping.by_pseudonym = pointed
        with pytest.raises(SealFailed, match="mapping-mismatch"):
            await service_on(stores, keyring, clock).recall("uni", zoe.pseudonym.token)

    @pytest.mark.parametrize("plain", [b'{"v":3,"texts":{},"tokens":[]}', b'{"v":2,"texts":{}}'])
    async def test_a_record_of_a_later_version_or_without_pseudonyms(self, stores, service, keyring, clock, plain):
        [person] = await service.pseudonymize([sighting("4711")], CONTEXT)
        [(_, record)] = await stores.mapping.by_pseudonym("uni", [person.pseudonym.token])
        wrapped = (await stores.keys.get([record.person]))[record.person].wrapped
        key = unwrap_person_key(Envelope(keyring), record.person, wrapped)
        later = seal_record(key, plain, ("uni", "subject", record.person))
        await stores.mapping.reseal(replace(record, sealed=later))

        with pytest.raises(SealFailed, match=r"record-version|record-unreadable"):
            await service_on(stores, keyring, clock).recall("uni", person.pseudonym.token)

    async def test_errors_hold_no_identity(self, stores, service, store, keyring, clock):
        [person] = await service.pseudonymize([sighting("Zoë-4711")], CONTEXT)
        [(_, record)] = await store.by_pseudonym("uni", [person.pseudonym.token])
        await store.reseal(replace(record, sealed=b"nonsense"))

        with pytest.raises(SealFailed) as refused:
            await service_on(stores, keyring, clock).pseudonymize([sighting("Zoë-4711")], CONTEXT)

        assert "Zoë" not in str(refused.value) + repr(refused.value)
        assert refused.value.__suppress_context__


SUBJECTS = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=60).filter(
    lambda text: not text.isspace()
)
NAMES = st.text(st.characters(exclude_categories=("Cs",)), max_size=60)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    people=st.lists(st.tuples(SUBJECTS, NAMES, NAMES), min_size=1, max_size=6),
    tenant=st.integers(0, 10**9),
)
async def test_whoever_goes_out_comes_back_and_is_nobody_else(store_url, keyring, people, tenant):
    stores = await opened(store_url)
    context = Context(tenant=f"tenant-{tenant}", mount="m", route="r", exchange="x", actor="a")
    outward = await service_on(stores, keyring, Clock()).pseudonymize(
        [sighting(subject, given_name, family) for subject, given_name, family in people], context
    )
    inward = await service_on(stores, keyring, Clock(), cache_size=0).reidentify(
        context.tenant, [person.pseudonym.token for person in outward]
    )
    await stores.close()

    for (subject, given_name, family), person in zip(people, outward, strict=True):
        back = inward[person.pseudonym.token]
        assert subject in texts(back, Kind.SUBJECT)
        assert not given_name.strip() or given_name in texts(back, Kind.GIVEN)
        assert not family.strip() or family in texts(back, Kind.FAMILY)
        for other in outward:
            same_person = normal(subject) in map(normal, texts(other, Kind.SUBJECT))
            assert (other.pseudonym == person.pseudonym) == same_person


def normal(subject):
    return unicodedata.normalize("NFC", subject).replace("/", "_").replace("\\", "_")
