"""The cloud as the LMS of an AICC course: HACP at a page of the player's (AICC CMI001 4.0, sections 6.3 and 6.4).

Names come in any case and over GET or POST. The answer is plain text, and what follows `aicc_data=` is not encoded.
"""

import csv
import io
import re
from urllib.parse import urlencode

from aiohttp import web

from proxy.demo.cloud.lrs.holders import Holder
from proxy.demo.cloud.model import Dispatch, Interaction, Registration
from proxy.demo.cloud.pages import ENGINE
from proxy.demo.cloud.realm import App
from proxy.demo.cloud.site import Site, page

RESULTS = f"{ENGINE}/RecordAICCResults.jsp"
_GROUP = re.compile(r"^\[(\w+)\][^\S\n]*\r?\n", re.MULTILINE)
_OK = "error=0\r\nerror_text=Successful\r\nversion=4.0\r\n"
_PASSED, _FAILED = "passed", "failed"


def address(site: Site, app: App, dispatch: Dispatch, registration: Registration, start: str) -> str:
    """The address of the course for one launch."""
    holder = Holder(registration.id, registration.course.activity_id, dispatch.content)
    app.holders[holder.session] = holder
    return f"{start}?{urlencode({'AICC_SID': holder.session, 'AICC_URL': site.origin + RESULTS})}"


class HacpDesk:
    """The page that AICC courses talk to."""

    def __init__(self, site: Site) -> None:
        """Serve this site."""
        self._site = site

    def routes(self) -> list[web.RouteDef]:
        """One address, by GET and POST."""
        return [web.get(RESULTS, self._command), web.post(RESULTS, self._command)]

    async def _command(self, request: web.Request) -> web.StreamResponse:
        asked = {name.lower(): value for name, value in (*request.query.items(), *(await request.post()).items())}
        app, registration = self._launched(str(asked.get("session_id", "")))
        if app is None or registration is None:
            return page("error=3\r\nerror_text=Invalid Session ID\r\nversion=4.0\r\n", "text/plain")
        command, data = str(asked.get("command", "")).lower(), str(asked.get("aicc_data", ""))
        if command == "getparam":
            return page(_OK + "aicc_data=" + _told(registration), "text/plain")
        if command == "putparam":
            _put(registration, data)
        elif command == "putinteractions":
            _interactions(registration, data)
        elif command == "exitau":
            registration.finished = True
            self._site.report(app, registration)
        else:
            return page("error=1\r\nerror_text=Invalid Command\r\nversion=4.0\r\n", "text/plain")
        app.books.touch(registration)
        return page(_OK, "text/plain")

    def _launched(self, session: str) -> tuple[App | None, Registration | None]:
        for app in self._site.realm.children():
            holder = app.holders.get(session)
            if holder is not None and holder.kind == "aicc":
                return app, app.books.registration(holder.registration)
        return None, None


def _told(registration: Registration) -> str:
    runtime, learner = registration.runtime, registration.learner
    status = runtime.success if runtime.success in {_PASSED, _FAILED} else "incomplete"
    return (
        f"[Core]\r\nStudent_ID={learner.id}\r\nStudent_Name={learner.last}, {learner.first}\r\n"
        f"Lesson_Location={runtime.location}\r\nCredit=credit\r\nLesson_Status={status}\r\nScore=\r\nTime=00:00:00\r\n"
        f"Lesson_Mode=normal\r\n[Core_Lesson]\r\n{runtime.suspend_data}\r\n[Core_Vendor]\r\n[Evaluation]\r\n"
        f"Course_ID={registration.course.id}\r\n[Student_Data]\r\nMastery_Score=70\r\n"
    )


def _groups(data: str) -> dict[str, str]:
    """Each group's text by its name in lower case."""
    found = list(_GROUP.finditer(data))
    ends = [one.start() for one in found[1:]] + [len(data)]
    return {one[1].lower(): data[one.end() : end] for one, end in zip(found, ends, strict=True)}


def _put(registration: Registration, data: str) -> None:
    groups = _groups(data)
    lines = (line.partition("=") for line in groups.get("core", "").splitlines())
    core = {name.strip().lower(): value.strip() for name, _, value in lines}
    runtime = registration.runtime
    status = core.get("lesson_status", "").lower()
    if status in {_PASSED, _FAILED}:
        runtime.success, runtime.completion = status, "completed"
    elif runtime.completion == "unknown":
        runtime.completion = "incomplete"
    runtime.location = core.get("lesson_location", runtime.location)
    runtime.suspend_data = groups.get("core_lesson", runtime.suspend_data).strip("\r\n")
    if core.get("score"):
        runtime.score = float(core["score"])


def _interactions(registration: Registration, data: str) -> None:
    for row in csv.DictReader(io.StringIO(data, newline=""), skipinitialspace=True):
        if row.get("student_id") == registration.learner.id:
            told = Interaction(row.get("interaction_id", ""), response=row.get("student_response", ""))
            registration.runtime.interactions.append(told)
