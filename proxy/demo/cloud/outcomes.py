"""Grades of an LTI 1.1 launch: the cloud tells the platform's outcome service (IMS Basic Outcomes, `replaceResult`).

The message is XML, signed with OAuth 1 over a hash of the body. That it is queued and repeated like a postback is an
inference. The `sourcedId` is the platform's name for one learner's grade: it names a person as well as any id does.
"""

import uuid
from urllib.parse import urlsplit

from proxy.demo.cloud.model import Dispatch, Registration
from proxy.demo.cloud.oauth1 import authorization
from proxy.demo.cloud.xmlreport import element

_NAMESPACE = "http://www.imsglobal.org/services/ltiv1p1/xsd/imsoms_v1p0"


def consumer_key(app_id: str, dispatch: Dispatch) -> str:
    """The key that stands beside a dispatch's shared secret."""
    return f"{app_id}-{dispatch.secret[:10]}"


def outcome(app_id: str, dispatch: Dispatch, registration: Registration, now: float) -> bytes:
    """The whole request."""
    address, sourced_id = registration.outcome
    score = (registration.runtime.score or 0.0) / 100
    record = f"<sourcedGUID>{element('sourcedId', sourced_id)}</sourcedGUID>"
    record += (
        f"<result><resultScore><language>en</language>{element('textString', f'{score:g}')}</resultScore></result>"
    )
    head = f"<imsx_version>V1.0</imsx_version>{element('imsx_messageIdentifier', uuid.uuid4().hex)}"
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?><imsx_POXEnvelopeRequest xmlns="{_NAMESPACE}">'
        f"<imsx_POXHeader><imsx_POXRequestHeaderInfo>{head}</imsx_POXRequestHeaderInfo></imsx_POXHeader>"
        f"<imsx_POXBody><replaceResultRequest><resultRecord>{record}</resultRecord></replaceResultRequest>"
        "</imsx_POXBody></imsx_POXEnvelopeRequest>"
    ).encode()
    url = urlsplit(address)
    key = consumer_key(app_id, dispatch)
    signed = authorization(address, body, key, dispatch.secret, now=now, nonce=uuid.uuid4().hex)
    path = (url.path or "/") + (f"?{url.query}" if url.query else "")
    lines = (
        f"POST {path} HTTP/1.1",
        f"Host: {url.netloc}",
        "Content-Type: application/xml",
        f"Authorization: {signed}",
        f"Content-Length: {len(body)}",
        "User-Agent: sandbox-cloud",
        "Connection: close",
    )
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
