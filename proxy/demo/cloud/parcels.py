"""One postback as bytes: what is in it and how it is addressed, in all the forms the cloud has.

v2 with HTTP Basic sends JSON as the body, with `form` the fields `data`, `userName`, `password`; V1 and `legacy` send
XML, as the body (`text/xml`) or in `data` with `username` and `password`.
"""

import base64
from urllib.parse import urlencode, urlsplit

from proxy.demo.cloud.habits import Habits
from proxy.demo.cloud.model import PostbackTarget, Registration
from proxy.demo.cloud.progress import progress
from proxy.demo.cloud.xmlreport import DECLARATION, report, wrapped


def contents(target: PostbackTarget, registration: Registration, habits: Habits) -> str:
    """The result at the depth and in the language the target asks for."""
    if target.legacy:
        told = report(registration, target.results_format.lower())
        return wrapped(told) if habits.xml_wrapped else DECLARATION + told
    full = target.results_format == "FULL"
    deep = full or target.results_format == "ACTIVITY"
    return habits.dumps(habits.told(progress(registration, children=deep, interactions=full, runtime=full)))


def parcel(target: PostbackTarget, body: str) -> bytes:
    """The whole request."""
    url = urlsplit(target.url)
    credentials = ""
    media = "text/xml; charset=UTF-8" if target.legacy else "application/json; charset=UTF-8"
    if target.auth_type == "FORM":
        user = "username" if target.legacy else "userName"
        fields = {"data": body} | ({user: target.user, "password": target.password} if target.user else {})
        body, media = urlencode(fields), "application/x-www-form-urlencoded; charset=UTF-8"
    elif target.user or target.password:
        encoded = base64.b64encode(f"{target.user}:{target.password}".encode()).decode()
        credentials = f"Authorization: Basic {encoded}\r\n"
    payload = body.encode()
    path = (url.path or "/") + (f"?{url.query}" if url.query else "")
    head = (
        f"POST {path} HTTP/1.1\r\n"
        f"Host: {url.netloc}\r\n"
        f"Content-Type: {media}\r\n"
        f"{credentials}"
        f"Content-Length: {len(payload)}\r\n"
        "User-Agent: sandbox-cloud\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + payload
