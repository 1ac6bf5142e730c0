"""The files of the database hold nobody, in no spelling a reader of bytes would look for."""

import unicodedata

from identity_house import CONTEXT, PEOPLE, sighting


def spellings(text):
    for form in ("NFC", "NFD"):
        for value in (text, text.lower(), text.upper()):
            shaped = unicodedata.normalize(form, value)
            yield from (shaped.encode("utf-8"), shaped.encode("utf-16-le"), shaped.encode("utf-16-be"))


def planted():
    """Texts long enough not to occur by chance in random bytes."""
    texts = [text for person in PEOPLE for text in person]
    return [spelling for text in texts for spelling in spellings(text) if len(spelling) > 4]


async def test_no_file_of_the_stores_holds_anybody(service, stores, tmp_path):
    for _ in range(2):
        await service.pseudonymize(
            [
                sighting(subject, given, family, f"{family}, {given}", f"{family}@uni.example")
                for subject, given, family in PEOPLE
            ],
            CONTEXT,
        )
    await service.pseudonymize([sighting(subject, given="Renamed-Person") for subject, _, _ in PEOPLE], CONTEXT)

    while_open = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    await stores.close()
    after_close = {file.name: file.read_bytes() for file in tmp_path.iterdir()}

    files = {f"{store}.db{suffix}" for store in ("mapping", "keys") for suffix in ("", "-wal", "-shm")}
    assert set(while_open) == files
    # The test sees what is there: tenants and events are not secret.
    assert b"dispatch-v2.launch" in while_open["mapping.db-wal"]
    assert b"dispatch-v2.launch" in after_close["mapping.db"]
    for contents in (while_open, after_close):
        for content in contents.values():
            assert not [text for text in [*planted(), b"Renamed-Person", b"uni.example"] if text in content]
