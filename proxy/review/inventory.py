"""The inventory: 1,697 places of personal data in the SCORM Cloud APIs, one row a place.

It was made by reading and running the official client 5.0.0 and public integrations; how, and what the pointers mean,
is in docs/protocol/scorm-cloud-api.md. The same rows stand in tests/inventory/ for people to read.
"""

import gzip
import json
from importlib.resources import files
from typing import NamedTuple


class Row(NamedTuple):
    """One place: in the `direction` (request, response) of an operation, at a `location`, under a `pointer`."""

    api: str
    method: str
    path: str
    operation: str
    direction: str
    location: str
    pointer: str
    kind: str
    notes: str


def inventory() -> list[Row]:
    """Return all rows."""
    packed = files("proxy.review").joinpath("inventory.json.gz").read_bytes()
    return [Row(**row) for row in json.loads(gzip.decompress(packed))]
