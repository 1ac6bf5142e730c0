"""What to do about each refusal, for somebody who prepares a course: one sentence by code, or by code and reason.

What is not named here has the hint of its error. `{names}` are the names of what was not known, `{host}` a host.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

NOT_IN_A_HAR: Final = (
    "A HAR file has what the browser sent. Calls between the LMS's server and the cloud (API, postbacks, launch links "
    "that the LMS asks for) are not in it; `scormveil doctor` looks at those."
)

ADVICE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "unknown-route": (
            "No declared route has this address. If a dispatch package of yours asks for it, register that "
            "(`scormveil package rewrite`, or `--package` here). If it belongs to the course or its player, add its "
            "path to the route that it is, in `routes` of the mount."
        ),
        "unknown-field": (
            "The route does not know {names}. If a dispatch package of yours makes this launch, register it "
            "(`scormveil package rewrite`, or `--package` here); else it stays refused."
        ),
        "field-missing": "The launch names no learner. Check that the LMS hands its learner id to the package.",
        "field-invalid foreign-address": (
            "The address of {host} is none of the LMS's. If it is, add it to `lms_origins` of the mount."
        ),
        "not-permitted origin": "A page of {host} asks. If that is the LMS, add it to `lms_origins` of the mount.",
        "not-permitted service-worker": (
            "A service worker would see the next launch before the proxy does. Switch offline mode off in the course; "
            "it must run without one."
        ),
        "not-permitted websocket": (
            "WebSockets are not carried: nobody could read what goes through them. The course must run without."
        ),
        "not-permitted unknown-key": (
            "No secret is configured for the key that signs this launch: add it as [[mounts.lti]] or [mounts.v1]."
        ),
        "upstream-refused foreign-redirect": (
            "The cloud sends the browser to {host}. If that is a host of the cloud, add it to `origins` of the mount; "
            "if it is the LMS, to `lms_origins`."
        ),
        "session-missing": (
            "No launch went before it in this file. Record from the LMS's page on, before the course is opened, with "
            "`Preserve log` on."
        ),
        "leak-suspected": (
            "An identity stands where no declaration replaces it. If the learner types it there, it stays refused; if "
            "the course puts it there, ask its author, or see `opaque` and `free_text` of the mount's policy."
        ),
        "body-too-large": "Raise `limits.body_bytes` if the message is legitimate.",
        "unsupported-media": (
            "The route takes no body of this type. A plug-in of the course that sends it cannot be read, so it stays "
            "refused."
        ),
        "around": (
            "No mount covers {host}. If it is the cloud's, add it to `origins` of the mount; if the course loads from "
            "it, and may, to `policy.external_hosts` (it sees the browser's address)."
        ),
        "around-lms": "{host} opens courses, so it seems to be the LMS: add it to `lms_origins` of the mount.",
        "unproven": (
            "What this request or its answer holds is not in the file. Record again with the developer tools open "
            "from the start, and save as HAR with content (and sensitive data)."
        ),
    }
)


def advice_for(code: str, reason: str) -> str:
    """The sentence for a refusal, "" if its own hint is all there is to say."""
    return ADVICE.get(f"{code} {reason}", ADVICE.get(code, ""))
