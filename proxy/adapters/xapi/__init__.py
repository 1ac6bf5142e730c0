"""xAPI record stores: SCORM Cloud's, or any other. Sources: xAPI 1.0.3, IEEE 9274.1.1; docs/xapi.md."""

from proxy.adapters.xapi import documents, launch_data, legacy, statements
from proxy.fields import Adapter, Direction

ADAPTER = Adapter(
    name="xapi",
    faces=Direction.OUTWARD,
    summary="An xAPI record store: statements, states, profiles, agents, activities.",
    request_headers=("authorization", "x-experience-api-version", "if-match", "if-none-match"),
    answer_headers=("x-experience-api-version", "x-experience-api-consistent-through", "etag", "last-modified"),
    routes=(*legacy.ROUTES, *statements.ROUTES, *launch_data.ROUTES, *documents.ROUTES),
    crowd=True,
    callers_only=True,
    withholds_addresses=True,
    error_texts=True,
    alternate_syntax=True,
)
