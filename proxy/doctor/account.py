"""Goes through one application of the cloud: settings at every level, what is shared, who is invited, who is there.

Only GET; page by page, at the reader's pace, and no further than the limits. What answers that it may not be read is
noted and passed over; when nobody answers any more, the round ends there.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace

from proxy.cloud import Reader, part
from proxy.doctor import lists
from proxy.doctor.addresses import BELOW, Ours
from proxy.doctor.findings import Finding, Report
from proxy.doctor.people import of_registrations, pseudonyms_in
from proxy.doctor.settings import of_level, settings_of
from proxy.errors import BodyTooLarge, UpstreamFailed, UpstreamRefused

STANDARDS = ("SCORM11", "SCORM12", "SCORM20042NDEDITION", "SCORM20043RDEDITION", "SCORM20044THEDITION", "AICC", "XAPI",
             "CMI5", "LTI13")  # fmt: skip
"""Learning standards as the official client names them (course_schema.py, `courseLearningStandard`)."""
_REGISTRATION_SETTINGS = 25
"""Registrations whose own settings are read, the first of the sample."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many are looked at, at most; 0: all. `registrations` are a sample."""

    courses: int = 200
    registrations: int = 200
    others: int = 500
    """Dispatches, destinations, invitations, credentials."""


@dataclass(frozen=True, slots=True)
class Account:
    """An application, and what is ours.

    `is_pseudonym` knows the form, `known` those that lead to somebody here; `takes` knows the tokens of addresses that
    the cloud was given. `details`: whether the mount's readers may
    see more than the four results.
    """

    name: str
    reader: Reader
    ours: Ours
    is_pseudonym: Callable[[str], bool]
    known: Callable[[Sequence[str]], Awaitable[Collection[str]]]
    takes: Callable[[str], Awaitable[bool]]
    details: bool = False


class _Ended(Exception):
    """Nobody answers any more."""


async def look_at(account: Account, limits: Limits, report: Report) -> None:
    """Look at an application and note what is found. Raises nothing that has to do with the cloud."""
    before = len(report.findings)
    with suppress(_Ended):
        await _all(account, limits, report)
    found = [await _checked(account, one) for one in report.findings[before:]]
    report.findings[before:] = [one for one in found if one.code != "comes-here"]
    report.count(account.name, "addresses that come here", sum(one.code == "comes-here" for one in found))


async def _checked(account: Account, finding: Finding) -> Finding:
    """An address of ours whose token nobody knows leads nowhere."""
    if finding.code != "comes-here":
        return finding
    _, below, token = finding.values[0].partition(BELOW)
    known = not below or await account.takes(token.partition("?")[0])
    return finding if known else replace(finding, code="address-lost")


async def _all(account: Account, limits: Limits, report: Report) -> None:
    await _settings(account, report)
    await _courses(account, limits, report)
    for look in (lists.destinations, lists.dispatches, lists.invitations, lists.pipes, lists.credentials):
        async with _part(account, look.__name__, report):
            rows, found = await look(account.reader, account.ours, account.name, limits.others)
            report.note(*found)
            report.count(account.name, look.__name__, len(rows.rows))
            if not rows.whole:
                report.blind(account.name, look.__name__, "limit")
    await _registrations(account, limits, report)


@asynccontextmanager
async def _part(account: Account, what: str, report: Report) -> AsyncIterator[None]:
    """A part that may not be readable."""
    try:
        yield
    except (UpstreamRefused, BodyTooLarge) as refused:
        report.blind(account.name, what, refused.reason or refused.code)
        if refused.reason == "status-401":  # the credential is wrong: it will be so everywhere
            raise _Ended from None
    except UpstreamFailed as failed:
        report.blind(account.name, what, failed.reason)
        raise _Ended from None


async def _level(account: Account, report: Report, path: str, where: str, *, top: bool = False, **query: str) -> None:
    async with _part(account, f"settings of {where}", report):
        items = settings_of(await account.reader.one(path, **query))
        report.note(*of_level(items, account.ours, account.name, where, top=top, details=account.details))
        report.count(account.name, "levels", 1)


async def _settings(account: Account, report: Report) -> None:
    path = "/appManagement/configuration"
    await _level(account, report, path, "application", top=True)
    for standard in STANDARDS:
        for single in ("true", "false"):
            where = f"learning standard {standard} ({'single' if single == 'true' else 'several'} SCO)"
            await _level(account, report, path, where, learningStandard=standard, singleSco=single)


async def _courses(account: Account, limits: Limits, report: Report) -> None:
    async with _part(account, "courses", report):
        courses = await account.reader.rows("/courses", "courses", limit=limits.courses)
        if not courses.whole:
            report.blind(account.name, "courses", "limit")
        report.count(account.name, "courses", len(courses.rows))
        for course in courses.rows:
            await _course(account, report, str(course.get("id", "")))


async def _course(account: Account, report: Report, course: str) -> None:
    path = f"/courses/{part(course)}"
    await _level(account, report, f"{path}/configuration", f"course {course}")
    async with _part(account, f"versions of course {course}", report):
        versions = await account.reader.rows(f"{path}/versions", "courses")
        for one in versions.rows:
            number = str(one.get("version", ""))
            where = f"course {course}, version {number}"
            await _level(account, report, f"{path}/versions/{part(number)}/configuration", where)


async def _registrations(account: Account, limits: Limits, report: Report) -> None:
    async with _part(account, "registrations", report):
        rows = await account.reader.rows("/registrations", "registrations", limit=limits.registrations)
        report.note(*of_registrations(rows.rows, account.name, account.is_pseudonym))
        report.count(account.name, "registrations", len(rows.rows))
        there = pseudonyms_in(rows.rows, account.is_pseudonym)
        known = await account.known(there)
        if strange := [one for one in there if one not in known]:
            report.note(
                Finding("pseudonym-unknown", account.name, "registrations", "", len(strange), "", tuple(strange))
            )
        for number, one in enumerate(rows.rows[:_REGISTRATION_SETTINGS], 1):
            # Its id may name somebody, so it is not told.
            path = f"/registrations/{part(one.get('id', ''))}/configuration"
            await _level(account, report, path, f"registration {number} of the sample")
