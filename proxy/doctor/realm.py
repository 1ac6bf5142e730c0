"""What the realm's own login shows: applications that nobody here looks after, and whether they allow deleting."""

from collections.abc import Collection

from proxy.cloud import Reader, part
from proxy.doctor.findings import Finding, Report
from proxy.errors import BodyTooLarge, UpstreamFailed, UpstreamRefused

_WHAT = "applications"


async def look_at_realm(
    reader: Reader, mount: str, ours: Collection[str], report: Report, *, deletes: Collection[str]
) -> None:
    """Note applications that are none of `ours`, and those of `deletes` that do not allow it. Raises nothing."""
    try:
        rows = await reader.rows("/appManagement/applications", _WHAT)
        report.count(mount, _WHAT, len(rows.rows))
        for row in rows.rows:
            name = str(row.get("id", ""))
            if name not in ours:
                report.note(Finding("application-unknown", mount, f"application {name}"))
            elif name in deletes:
                info = await reader.one(f"/appManagement/applications/{part(name)}")
                if info.get("allowDelete") is False:
                    report.note(Finding("delete-not-allowed", mount, f"application {name}"))
    except (UpstreamFailed, UpstreamRefused, BodyTooLarge) as failed:
        report.blind(mount, _WHAT, failed.reason or failed.code)
