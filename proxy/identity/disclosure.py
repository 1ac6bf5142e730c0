"""A person in clear, for herself: the one place where everything that is known of her is written out at once."""

from typing import Any

from proxy.identity.records import Known


def in_clear(known: Known) -> dict[str, Any]:
    """Every spelling of hers that was seen, by kind, the newest first, as plain text: for a file of the officer's."""
    texts: dict[str, list[str]] = {}
    for text in known.person.cleartexts:
        texts.setdefault(text.kind.value, []).append(text.reveal())
    return {"tenant": known.record.tenant, "known_by": known.record.kind, "texts": texts}
