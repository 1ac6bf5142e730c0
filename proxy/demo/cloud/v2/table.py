"""The table of the v2 API: what tests compare with the operations of the official client."""

from proxy.demo.cloud.v2 import (
    applications,
    courses,
    destinations,
    dispatches,
    imports,
    instances,
    invitations,
    learners,
    lti,
    registrations,
    reporting,
    statements,
    tags,
    tokens,
    xapi,
)
from proxy.demo.cloud.v2.calling import Row


def rows() -> tuple[Row, ...]:
    """All operations."""
    return (
        *applications.rows(),
        *tokens.rows(),
        *courses.rows(),
        *imports.rows(),
        *registrations.rows(),
        *instances.rows(),
        *learners.rows(),
        *tags.rows(),
        *destinations.rows(),
        *dispatches.rows(),
        *lti.rows(),
        *invitations.rows(),
        *statements.rows(),
        *xapi.rows(),
        *reporting.rows(),
    )
