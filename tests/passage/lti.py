"""An LMS that launches by LTI 1.1. It signs as RFC 5849 says, written down again without our own code."""

import base64
import hmac
import secrets
from urllib.parse import parse_qsl, quote, urlencode

from tests.passage.corridor import LMS, PROXY, PROXY_HOST, ZOE, Corridor, Learner
from tests.passage.wire import Received

KEY, SECRET = "dispatch-7", "key-of-the-lms"
CLOUD_KEY, CLOUD_SECRET = "cloud-dispatch-7", "key-of-the-cloud"
CONSUMER = """
[[mounts.lti]]
key = "dispatch-7"
secret = "file:caller.key"
cloud_key = "cloud-dispatch-7"
cloud_secret = "file:cloud.key"
"""
"""Behind the policy of the corridor's first mount; the files are the corridor's own."""
PATH = "/sc/blti"
NOW = 1_800_000_000
RETURN = f"{LMS}/mod/lti/return.php?course=42&launch_container=4&instanceid=7&user={ZOE.id}"


def signature(address: str, pairs: list[tuple[str, str]], secret: str, by: str = "sha1") -> str:
    def safe(text: str) -> str:
        return quote(text, safe="~")

    told = sorted((safe(name), safe(value)) for name, value in pairs if name != "oauth_signature")
    base = "&".join(("POST", safe(address), safe("&".join("=".join(pair) for pair in told))))
    return base64.b64encode(hmac.new(f"{safe(secret)}&".encode(), base.encode(), by).digest()).decode()


def launch_of(who: Learner = ZOE, *, stamp: int | str = NOW, nonce: str = "", **more: str) -> dict[str, str]:
    """What Moodle posts, and some."""
    return {
        "oauth_version": "1.0",
        "oauth_nonce": nonce or secrets.token_hex(16),
        "oauth_timestamp": str(stamp),
        "oauth_consumer_key": KEY,
        "oauth_callback": "about:blank",
        "oauth_signature_method": "HMAC-SHA1",
        "user_id": who.id,
        "lis_person_sourcedid": f"sis:{who.id}",
        "lis_person_name_given": who.first,
        "lis_person_name_family": who.last,
        "lis_person_name_full": f"{who.first} {who.last}",
        "lis_person_contact_email_primary": "zoe.m@lms.example",
        "lis_result_sourcedid": f'{{"data":{{"instanceid":"7","userid":"{who.id}","launchid":1}},"hash":"ab"}}',
        "lis_outcome_service_url": f"{LMS}/mod/lti/service.php",
        "ext_user_username": who.id,
        "ext_lms": "moodle-2",
        "custom_department": f"team of {who.last}",
        "user_image": f"{LMS}/user/pix.php/{who.id}/f1.jpg",
        "roles": "Learner",
        "context_id": "42",
        "context_title": "Lighthouses",
        "context_label": "LH",
        "resource_link_id": "7",
        "resource_link_title": f"Lighthouses for {who.first}",
        "launch_presentation_locale": "en",
        "launch_presentation_document_target": "iframe",
        "launch_presentation_return_url": RETURN,
        "tool_consumer_info_product_family_code": "moodle",
        "tool_consumer_info_version": "2026042000",
        "tool_consumer_instance_guid": "lms.example.edu",
        "tool_consumer_instance_contact_email": "admin@lms.example",
        "lti_version": "LTI-1p0",
        "lti_message_type": "basic-lti-launch-request",
    } | more


def signed(
    fields: dict[str, str], secret: str = SECRET, *, path: str = PATH, by: str = "sha1", query: str = ""
) -> dict[str, str]:
    pairs = [*fields.items(), *parse_qsl(query, keep_blank_values=True)]
    return fields | {"oauth_signature": signature(PROXY + path, pairs, secret, by)}


async def post(
    corridor: Corridor, fields: dict[str, str] | bytes, path: str = PATH, *, host: str = PROXY_HOST, **headers: str
) -> Received:
    body = fields if isinstance(fields, bytes) else urlencode(fields, quote_via=quote).encode()
    sent = {"Content-Type": "application/x-www-form-urlencoded", "Origin": LMS}
    return await corridor.ask(
        "POST", path, sent | {name.replace("_", "-"): text for name, text in headers.items()}, body, host=host
    )


def told(received: Received) -> dict[str, str]:
    """The form that the cloud got."""
    pairs = parse_qsl(received.body.decode(), keep_blank_values=True, strict_parsing=True)
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def set_clock(corridor: Corridor, now: float) -> None:
    corridor.house.server._passage._signatures._schemes["oauth1"]._clock = lambda: now
