"""SCORM Cloud's V1 API: one address, remote calls by `method`, every call signed.

Source: docs/protocol/scorm-cloud-api.md section 2 and the inventory of its 44 methods. Methods and parameters that are
not declared are refused. The LMS signs with a secret of ours, the proxy signs anew with the cloud's.
"""

from proxy.adapters.cloud_v1 import browsers, invitations, others, registrations, results, tags
from proxy.fields import Adapter, Direction

ADAPTER = Adapter(
    name="cloud_v1",
    faces=Direction.OUTWARD,
    summary="The legacy API: signed calls, XML answers, and signed addresses that a browser opens.",
    crowd=True,
    routes=(
        *registrations.ROUTES,
        *results.ROUTES,
        *browsers.ROUTES,
        *tags.ROUTES,
        *invitations.ROUTES,
        *others.ROUTES,
    ),
)
