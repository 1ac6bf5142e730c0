"""The same rewriting as an addon of mitmproxy: ids to keyed tokens on the way out, results to people on the way back.

Runs inside mitmproxy's own environment, so it imports nothing of ours. No guard, no audit, no store: less than
scormveil does.
"""

import base64
import hashlib
import hmac
import json
import os
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

KEEP = (
    "id",
    "instance",
    "updated",
    "registrationCompletion",
    "registrationSuccess",
    "score",
    "totalSecondsTracked",
    "createdDate",
    "firstAccessDate",
    "lastAccessDate",
    "course",
    "learner",
)


class Veil:
    """Rewrites launches and results."""

    def __init__(self):
        self.key = hmac.new(os.urandom(32), digestmod=hashlib.sha256)
        self.tokens = {}
        self.people = {}
        self.upstream = os.environ["BENCH_UPSTREAM"]
        self.public = os.environ["BENCH_PUBLIC"]

    def token(self, subject, given, family):
        found = self.tokens.get(subject)
        if found is None:
            mac = self.key.copy()
            mac.update(subject.encode())
            found = self.tokens[subject] = "sv1" + base64.b32encode(mac.digest()).decode().rstrip("=").lower()
        self.people[found] = (subject, given, family)
        return found

    def request(self, flow):
        path, mark, query = flow.request.path.partition("?")
        flow.request.headers.pop("referer", None)
        flow.request.headers["user-agent"] = "Mozilla/5.0"
        if not mark or "methodName=Launch" not in query:
            return
        pairs = dict(parse_qsl(query, keep_blank_values=True))
        token = self.token(pairs["learnerid"], pairs.get("fname", ""), pairs.get("lname", ""))
        pairs["learnerid"] = token
        pairs["fname"] = "Learner"
        pairs["lname"] = token[3:11].upper()
        pairs["redirecturl"] = pairs["redirecturl"].replace(self.public, self.upstream)
        pipe = urlsplit(pairs["pipeurl"])
        pairs["pipeurl"] = f"{pipe.scheme}://{pipe.netloc}"
        flow.request.path = f"{path}?{urlencode(pairs, quote_via=quote)}"

    def responseheaders(self, flow):
        if not flow.request.path.startswith("/api/"):
            flow.response.stream = True

    def response(self, flow):
        location = flow.response.headers.get("location")
        if location:
            flow.response.headers["location"] = location.replace(self.upstream, self.public)
        if not flow.request.path.startswith("/api/"):
            return
        whole = json.loads(flow.response.content)
        result = {key: whole[key] for key in KEEP if key in whole}
        person = self.people.get(result["learner"]["id"])
        if person:
            result["learner"] = {"id": person[0], "firstName": person[1], "lastName": person[2]}
        flow.response.content = json.dumps(result).encode()


addons = [Veil()]
