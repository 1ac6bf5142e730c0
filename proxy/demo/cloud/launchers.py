"""Launches of courses that speak xAPI themselves: cmi5 (section 8, 10 and 11), and the older Tin Can launch.

The player opens the course at an address that says whose it is. cmi5 gives the credential out once, at the fetch
address, and puts what else the course must know into a state document; the older launch has it all in the address.
"""

import json
from urllib.parse import quote, urlencode

from aiohttp import web

from proxy.demo.cloud.lrs.calls import identifier
from proxy.demo.cloud.lrs.documents import Document
from proxy.demo.cloud.lrs.holders import Holder
from proxy.demo.cloud.model import Dispatch, Registration
from proxy.demo.cloud.pages import ENGINE
from proxy.demo.cloud.realm import App
from proxy.demo.cloud.results import SESSION
from proxy.demo.cloud.site import Site
from proxy.demo.cloud.statements import agent, write_cmi5

FETCH = f"{ENGINE}/cmi5/fetch"
MASTERY = 0.7
_USED = {"error-code": "1", "error-text": "The authorization token has already been returned."}
_UNKNOWN = {"error-code": "2", "error-text": "There is no such session."}


class FetchDesk:
    """The fetch address (cmi5 8.2)."""

    def __init__(self, site: Site) -> None:
        """Serve this site."""
        self._site = site

    def routes(self) -> list[web.RouteDef]:
        """One address, POST only."""
        return [web.post(FETCH, self._fetch)]

    async def _fetch(self, request: web.Request) -> web.StreamResponse:
        key = request.query.get("session", "")
        for app in self._site.realm.children():
            for holder in app.holders.values():
                if holder.kind == "cmi5" and key == holder.fetch_key:
                    told = _USED if holder.fetched else {"auth-token": holder.token}
                    holder.fetched = True
                    return web.json_response(told)
        return web.json_response(_UNKNOWN)


def address(site: Site, app: App, dispatch: Dispatch, registration: Registration, page: str) -> str:
    """The address of the course for one launch; what it will ask for is in the store before the learner is there."""
    holder = Holder(registration.id, registration.course.activity_id + "/au/0", dispatch.content)
    app.holders[holder.session] = holder
    endpoint = f"{site.origin}/lrs/{app.id}/"
    actor = agent(app.id, registration)
    if dispatch.content == "tincan":
        pairs = {
            "endpoint": endpoint,
            "auth": f"Basic {holder.token}",
            "actor": json.dumps(actor, ensure_ascii=False),
            "registration": registration.xapi_id,
            "activity_id": holder.activity,
            "activity_platform": "SCORM Cloud",
        }
        return f"{page}?{urlencode(pairs, quote_via=quote)}"
    actor.pop("name", None)
    _tell(site, app, registration, holder, page)
    pairs = {
        "endpoint": endpoint,
        "fetch": f"{site.origin}{FETCH}?session={holder.fetch_key}",
        "actor": json.dumps(actor, ensure_ascii=False),
        "registration": registration.xapi_id,
        "activityId": holder.activity,
    }
    return f"{page}?{urlencode(pairs, quote_via=quote)}"


def _tell(site: Site, app: App, registration: Registration, holder: Holder, page: str) -> None:
    """LMS.LaunchData, the learner's preferences, and the statement that she was launched (cmi5 9.3.1, 10, 11)."""
    back = f"{site.origin}{ENGINE}/defaultui/player/returned.html?registration={registration.id}"
    launch_data = {
        "contextTemplate": {
            "contextActivities": {"grouping": [{"objectType": "Activity", "id": registration.course.activity_id}]},
            "extensions": {SESSION: holder.session},
        },
        "launchMode": "Normal",
        "masteryScore": MASTERY,
        "moveOn": "CompletedOrPassed",
        "returnURL": back,
    }
    whose = identifier(agent(app.id, registration))
    owner = ("state", holder.activity, whose, registration.xapi_id)
    app.documents.put(owner, "LMS.LaunchData", _json(launch_data, site.clock()))
    preferences = {"languagePreference": "en-US,fr-FR", "audioPreference": "on"}
    if app.documents.get(("agent", whose), "cmi5LearnerPreferences") is None:
        app.documents.put(("agent", whose), "cmi5LearnerPreferences", _json(preferences, site.clock()))
    write_cmi5(app, registration, "launched", site.clock(), holder, launch_url=page)


def _json(value: object, at: float) -> Document:
    return Document(json.dumps(value).encode(), "application/json", at)
