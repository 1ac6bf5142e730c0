"""Imports and assets. An import is over at once here; nothing is fetched from anywhere, a fetched course is invented.

What is posted to `postbackUrl` when an import is finished is an inference: the job's status as JSON.
"""

import json
import uuid
from typing import Any

from proxy.demo.cloud.catalogue import described as found_in
from proxy.demo.cloud.model import PostbackTarget
from proxy.demo.cloud.progress import iso
from proxy.demo.cloud.v2.calling import Answer, Call, Refused, Row
from proxy.demo.cloud.v2.courses import described

_POLICIES = {"", "reject", "strict", "lax"}


def rows() -> tuple[Row, ...]:
    """All operations of imports and assets."""
    assets = [
        row
        for base in ("/courses/{courseId}/asset", "/courses/{courseId}/versions/{versionId}/asset")
        for row in (
            Row("GET", base, _asset),
            Row("DELETE", base, _delete_asset),
            Row("GET", base + "/list", _files),
            Row("POST", base, _fetch_asset),
            Row("POST", base + "/upload", _upload_asset),
        )
    ]
    return (
        Row("POST", "/courses/importJobs", _fetch),
        Row("POST", "/courses/importJobs/noUpload", _no_upload),
        Row("POST", "/courses/importJobs/upload", _upload),
        Row("GET", "/courses/importJobs/{importJobId}", _status),
        *assets,
    )


def _fetch(call: Call) -> dict[str, Any]:
    return _imported(call, str(call.need("url")), call.body.get("mediaFileMetadata") or {})


def _no_upload(call: Call) -> dict[str, Any]:
    given = call.body.get("fetchRequest") or call.body.get("mediaFileReferenceRequest")
    if given is None and not call.body.get("connectorReferenceRequest"):
        raise Refused(400, "One of the requests is required.")
    return _imported(call, "", (given or {}).get("mediaFileMetadata") or {})


def _upload(call: Call) -> dict[str, Any]:
    text = call.fields.get("contentMetadata") or "{}"
    try:
        metadata = json.loads(text)
    except ValueError:
        raise Refused(400, "contentMetadata is not JSON.") from None
    return _imported(call, "", metadata if isinstance(metadata, dict) else {}, call.file[1])


def _imported(call: Call, url: str, metadata: dict[str, Any], package: bytes = b"") -> dict[str, Any]:
    course_id = call.asked("courseId")
    courses = call.app.books.courses
    if courses.latest(course_id) is not None and not call.flag("mayCreateNewVersion"):
        raise Refused(400, f"Course [{course_id}] exists, and a new version was not asked for.")
    title, standard = found_in(package, metadata.get("title") or url.rpartition("/")[2] or course_id)
    course = courses.add(course_id, title, standard, package)
    course.metadata = {name: metadata[name] for name in ("title", "description") if metadata.get(name)}
    course.tags.extend(one for one in call.query.get("tags", "").split(",") if one and one not in course.tags)
    job = str(uuid.uuid4())
    result = {"webPathToCourse": f"/courses/{course.version}/", "parserWarnings": [], "courseLanguages": ["en"]}
    call.app.jobs[job] = {"jobId": job, "status": "COMPLETE", "message": "", "importResult": result}
    call.app.jobs[job]["importResult"] |= {"course": described(course)}
    if call.query.get("postbackUrl"):
        target = PostbackTarget(call.query["postbackUrl"], "", "")
        call.site.postbacks.put(target, "", call.site.habits.dumps(call.app.jobs[job]))
    return {"result": job}


def _status(call: Call) -> dict[str, Any]:
    found = call.app.jobs.get(call.path["importJobId"])
    if found is None:
        raise Refused(404, f"Import job [{call.path['importJobId']}] was not found.")
    return found


def _files(call: Call) -> dict[str, Any]:
    course = call.course()
    files = sorted(course.files.items())
    return {"files": [{"path": name, "size": len(data), "modified": iso(course.updated)} for name, data in files]}


def _asset(call: Call) -> Answer:
    name = call.asked("relativePath")
    data = call.course().files.get(name)
    if data is None:
        raise Refused(404, f"Asset [{name}] was not found.")
    headers = {"Content-Disposition": 'attachment; filename="asset"'}
    return Answer(data, media="application/octet-stream", headers=headers)


def _delete_asset(call: Call) -> None:
    name = call.asked("relativePath")
    if call.course().files.pop(name, None) is None:
        raise Refused(404, f"Asset [{name}] was not found.")


def _fetch_asset(call: Call) -> dict[str, Any]:
    name = str(call.need("fetchUrl")).rpartition("/")[2]
    return _placed(call, name, b"fetched", str(call.need("destination")))


def _upload_asset(call: Call) -> dict[str, Any]:
    if not call.fields.get("destination"):
        raise Refused(400, "destination is required.")
    return _placed(call, *call.file, call.fields["destination"])


def _placed(call: Call, name: str, data: bytes, destination: str) -> dict[str, Any]:
    course, policy = call.course(), call.query.get("updateAssetPolicy", "").casefold()
    path = f"{destination.strip('/')}/{name}".lstrip("/")
    if policy not in _POLICIES:
        raise Refused(400, f"updateAssetPolicy [{policy}] is not known.")
    if (policy == "reject" and path in course.files) or (policy == "strict" and path not in course.files):
        raise Refused(400, f"Asset [{path}] may not be imported under this policy.")
    course.files[path], course.updated = data, call.now
    return {"filename": name, "destination": destination}
