"""Answers to the caller, and the only table from error codes to HTTP.

A refusal says its code, an incident number and nothing else: no path, no value, no hint about the installation. The
operator finds the rest under that number in the audit log.
"""

import html

import orjson

from proxy.errors import ProxyError
from proxy.passage import Reply

_STATUS = {
    "unknown-host": 421,
    "unknown-route": 404,
    "unknown-field": 400,
    "field-missing": 400,
    "field-invalid": 400,
    "unreadable-body": 400,
    "unsupported-media": 415,
    "unsupported-encoding": 415,
    "body-too-large": 413,
    "not-permitted": 403,
    "session-missing": 403,
    "person-moving": 503,
    "restricted": 403,
    "minting-budget": 429,
    "showing-budget": 429,
    "results-held": 503,
    "leak-suspected": 403,
    "script-changed": 502,
    "package-refused": 502,
    "upstream-failed": 502,
    "upstream-refused": 502,
    "relay-failed": 502,
    "relay-timed-out": 504,
    "store-failed": 503,
    "audit-failed": 503,
    "keys-unavailable": 503,
    "seal-failed": 503,
}

_WORDS = {
    404: "This address is not served here.",
    421: "This host is not served here.",
    403: "This request was refused to protect a learner's privacy.",
    429: "Too many requests. Please try again later.",
    502: "The course service could not be used.",
    504: "The learning platform did not answer in time.",
    503: "The privacy service is not ready. Please try again later.",
}

_OF_A_CODE = {"restricted": "What is held on this learner may not be used at the moment. The course stays as it is."}


def status_of(error: ProxyError) -> int:
    """Return the HTTP status of a refusal; 500 for codes the table does not know."""
    return _STATUS.get(error.code, 500)


def refusal(error: ProxyError, incident: str, *, as_page: bool) -> Reply:
    """Make the reply for a refusal: JSON, or a plain page where a person will see it (a frame in the LMS)."""
    status = status_of(error)
    words = _OF_A_CODE.get(error.code) or _WORDS.get(status, "This request was refused.")
    headers = [
        ("Cache-Control", "no-store"),
        ("Referrer-Policy", "no-referrer"),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Scormveil-Code", error.code),
    ]
    if error.seconds:
        headers.append(("Retry-After", str(error.seconds)))
    if as_page:
        page = (
            "<!doctype html><meta charset=utf-8><title>Refused</title>"
            '<body style="font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:12vh auto;padding:0 1rem">'
            f"<h1 style='font-size:1.3rem'>{html.escape(words)}</h1>"
            f"<p>Code <b>{html.escape(error.code)}</b>, incident <b>{html.escape(incident)}</b>. "
            "Please give both to your support desk.</p>"
        )
        return Reply(status, [*headers, ("Content-Type", "text/html; charset=utf-8")], page.encode())
    body = orjson.dumps({"message": words, "code": error.code, "incident": incident})
    return Reply(status, [*headers, ("Content-Type", "application/json")], body)
