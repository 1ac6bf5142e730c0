"""SCORM Cloud API v2: every operation of the official Python client 5.0.0, by resource.

Sources: that client and the vendor's API documentation; docs/protocol/scorm-cloud-api.md. The stock client sends a
doubled slash after the base path, `{}` where there is no body, and a content type even with GET.
"""

from proxy.adapters.cloud_v2 import (
    account,
    courses,
    destinations,
    dispatches,
    imports,
    instances,
    invitations,
    learners,
    registrations,
    xapi,
)
from proxy.fields import Adapter, Direction

ADAPTER = Adapter(
    name="cloud_v2",
    faces=Direction.OUTWARD,
    summary="What an LMS says to SCORM Cloud from server to server.",
    request_headers=("authorization",),
    crowd=True,
    routes=(
        *registrations.ROUTES,
        *instances.ROUTES,
        *learners.ROUTES,
        *imports.ROUTES,
        *courses.ROUTES,
        *destinations.ROUTES,
        *dispatches.ROUTES,
        *invitations.ROUTES,
        *account.ROUTES,
        *xapi.ROUTES,
    ),
)
