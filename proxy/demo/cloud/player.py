"""The Engine side of the cloud: launch page, player, its configuration, and what the player posts while a course runs.

`launch.jsp` answers with absolute `Location` addresses and CloudFront-like cookies for the course
files; the player address holds opaque strings only (a middle-man finds no learner there). `PlayerConfiguration.jsp`
answers learner id and name as the cloud knows them, because the player answers the course's `cmi.learner_name` locally.
"""

import uuid
from dataclasses import asdict
from typing import Any
from urllib.parse import quote, urlencode

from aiohttp import web

from proxy.demo.cloud import hacp, launchers
from proxy.demo.cloud.commits import CommitUnreadable, apply
from proxy.demo.cloud.commits_json import CommitReader
from proxy.demo.cloud.content import CourseFiles
from proxy.demo.cloud.model import Dispatch, Registration
from proxy.demo.cloud.pages import BUILD, ENGINE, as_html, as_script
from proxy.demo.cloud.site import Site, denied, page, raw_pairs

RUNTIME_TOKEN_SECONDS = 86_400
"""The Engine's `ApiTokenPostbackValidHours` is 24."""
_POST_LIMIT = 5 * 1024 * 1024
_SCRIPTS = ("player.js", "runtime.js", "commits.js", "dispatch-server-min.js")


class PlayerDesk:
    """Handlers below `/ScormEngineInterface`."""

    def __init__(self, site: Site, files: CourseFiles) -> None:
        """Serve this site; `files` decides who may fetch course files."""
        self._site = site
        self._files = files
        self._commits = CommitReader()

    def routes(self) -> list[web.RouteDef]:
        """All routes of the Engine side."""
        ui = f"{ENGINE}/defaultui"
        return [
            web.get(f"{ui}/launch.jsp", self._launch_page),
            web.get(f"{ui}/player/modern.html", self._player),
            web.get(f"{ui}/player/intermediate.html", self._between),
            web.get(f"{ui}/player/returned.html", self._between),
            web.get(f"{ui}/player/js/{{file}}", self._script),
            web.get(f"{ENGINE}/PlayerConfiguration.jsp", self._configuration),
            web.post(f"{ENGINE}/RecordResults.jsp", self._record),
            *launchers.FetchDesk(self._site).routes(),
            *hacp.HacpDesk(self._site).routes(),
            web.post(f"{ENGINE}/DebugLog.jsp", self._log),
            web.post(f"{ENGINE}/ServerLogger.jsp", self._log),
        ]

    async def _launch_page(self, request: web.Request) -> web.StreamResponse:
        claims = self._site.seals.check("launch page", raw_pairs(request).get("jwt", ""))
        found = None if claims is None else self._opened(claims)
        if claims is None or found is None:
            return denied()
        dispatch, registration = found
        configuration = f"{self._site.origin}{ENGINE}/PlayerConfiguration.jsp"
        query = {
            "configuration": claims["configuration"],
            "preventRightClick": "false",
            "cc": "en_US",
            "cache": BUILD,
            "playerConfUrl": configuration if dispatch.generation == "v2" else "j",
            "package": claims["package"],
            "registration": claims["registration"],
            "tracking": "true",
            "forceReview": "false",
            "redirectUrl": claims["redirectOnExitUrl"],
        }
        target = f"{self._site.origin}{ENGINE}/defaultui/player/modern.html?{urlencode(query, quote_via=quote)}"
        answer = web.Response(status=302, headers={"Location": target})
        answer.set_cookie(
            "JSESSIONID", uuid.uuid4().hex, path=ENGINE, secure=True, httponly=True, samesite="None", domain=None
        )
        if dispatch.launch_auth == "cookies":
            self._files.admit(answer, dispatch, registration)
        return answer

    def _opened(self, given: dict[str, Any]) -> tuple[Dispatch, Registration] | None:
        """Dispatch and registration behind the opaque strings."""
        settings = self._site.seals.reveal(given.get("configuration", ""))
        handle = self._site.seals.reveal(given.get("registration", ""))
        if settings is None or handle is None:
            return None
        app = self._site.realm.apps.get(settings["app"])
        dispatch = None if app is None else app.books.dispatch(settings["dispatch"])
        registration = None if app is None else app.books.registration(handle["registration"])
        return None if dispatch is None or registration is None else (dispatch, registration)

    async def _player(self, request: web.Request) -> web.StreamResponse:
        found = self._opened(raw_pairs(request))
        if found is None:
            return denied()
        addresses = {
            "configuration": f"{self._site.origin}{ENGINE}/PlayerConfiguration.jsp",
            "debugLog": f"{self._site.origin}{ENGINE}/DebugLog.jsp",
        }
        return page(
            self._site.pages.text(
                "player/modern.html", TITLE=as_html(found[0].title), ADDRESSES_AS_SCRIPT=as_script(addresses)
            )
        )

    async def _between(self, request: web.Request) -> web.StreamResponse:
        """Before the course, and where a cmi5 course comes back to."""
        return page(self._site.pages.text(f"player/{request.path.rpartition('/')[2]}"))

    async def _script(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["file"]
        if name not in _SCRIPTS:
            return denied("Not Found", 404)
        return page(self._site.pages.text(f"player/{name}"), "application/javascript")

    async def _configuration(self, request: web.Request) -> web.StreamResponse:
        pairs = raw_pairs(request)
        found = self._opened(pairs)
        settings = self._site.seals.reveal(pairs.get("configuration", ""))
        if found is None or settings is None:
            return denied()
        dispatch, registration = found
        described = self._described(dispatch, registration, settings, request)
        if dispatch.content in {"cmi5", "tincan", "aicc"}:
            app = self._site.realm.apps[settings["app"]]
            launcher = hacp if dispatch.content == "aicc" else launchers
            described["contentUrl"] = launcher.address(self._site, app, dispatch, registration, described["contentUrl"])
        answer = web.json_response(described)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def _described(
        self, dispatch: Dispatch, registration: Registration, settings: dict[str, Any], request: web.Request
    ) -> dict[str, Any]:
        claims = {"app": settings["app"], "registration": registration.id}
        token = self._site.seals.sign("run-time", claims, RUNTIME_TOKEN_SECONDS)
        engine = self._site.origin + ENGINE
        learner = registration.learner
        return {
            "registrationId": registration.id,
            "learnerId": learner.id,
            "learnerName": f"{learner.last}, {learner.first}",
            "dispatchId": dispatch.id if dispatch.listed else "",
            "tenant": dispatch.tenant,
            "generation": dispatch.generation,
            "standard": dispatch.standard,
            "content": dispatch.content,
            "title": dispatch.title,
            "resumed": registration.launches > 1 and registration.runtime.exit == "suspend",
            "hundredths": registration.earlier,
            "runtime": asdict(registration.runtime),
            "commitEvery": self._site.commit_every_ms,
            "commits": self._site.habits.commits,
            "packed": self._site.habits.packed,
            "pollingFrequency": self._site.polling_ms,
            "pipeUrl": settings["pipe"],
            "redirectOnExitUrl": settings["redirect"],
            "contentUrl": self._files.address(dispatch, registration, request),
            "recordResultsUrl": f"{engine}/RecordResults.jsp?apiToken={token}",
            "requestUrl": f"{self._site.origin}/dispatch/DispatchRequest.jsp",
        }

    async def _record(self, request: web.Request) -> web.StreamResponse:
        """One commit. The token in the query authenticates it; the body says whose it is, and both must agree."""
        claims = self._site.seals.check("run-time", raw_pairs(request).get("apiToken", ""))
        habits = self._site.habits
        if claims is None or request.content_type != habits.commit_type:
            return _lms_response(present=True, status=403)
        try:
            commit = self._commits.read(await request.content.read(_POST_LIMIT), habits.commits, habits.packed)
        except CommitUnreadable:
            return _lms_response(present=True, status=400)
        app = self._site.realm.apps.get(claims["app"])
        registration = None if app is None else app.books.registration(commit.registration)
        if app is None or registration is None or claims["registration"] != registration.id:
            return _lms_response(present=True, status=403)
        changed = apply(commit, registration)
        leaving = raw_pairs(request).get("isExitScormPlayer") == "true"
        registration.finished = registration.finished or leaving
        app.books.touch(registration)
        if changed or leaving:
            self._site.report(app, registration)
        return _lms_response(present=False)

    async def _log(self, request: web.Request) -> web.StreamResponse:
        """Debug and server logs are taken and thrown away; the player does not care whether this works."""
        await request.content.read(_POST_LIMIT)
        return web.Response(status=204)


def _lms_response(*, present: bool, status: int = 200) -> web.Response:
    flag = "true" if present else "false"
    text = f'<?xml version="1.0"?><lmsresponse><error present="{flag}"></error></lmsresponse>'
    return page(text, "text/xml", status=status)
