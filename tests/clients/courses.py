"""Calls about courses: imports, versions, assets, settings, previews."""

import json

import rustici_software_cloud_v2 as sc

from tests.clients import tags
from tests.clients.account import URL_SETTING, filters, setting, shows_url
from tests.clients.planted import LI, SEAN, ZOE
from tests.clients.scene import Step

COURSE = "course-demo"
FETCHED = "course-fetched"
PAGE = b"<!DOCTYPE html><title>A lesson</title>"


def steps():
    """Everything but deletions."""
    return [*_imports(), *_reading(), *_assets(), *_settings(), *_tags()]


def upload(scene):
    """A file to upload."""
    file = scene.folder / "lesson.html"
    file.write_bytes(PAGE)
    return str(file)


def _imports():
    def common(scene, course):
        return {
            "course_id": course,
            "may_create_new_version": True,
            "postback_url": scene.planting.url("/imported", base=scene.planting.hook),
            "tags": [scene.planting.tag(), "import"],
        }

    metadata = lambda s: {"title": "A lesson", "description": s.planting.text("metadata")}  # noqa: E731
    return [
        Step(
            "CreateUploadAndImportCourseJob",
            lambda s: {
                **common(s, COURSE),
                "file": upload(s),
                "uploaded_content_type": "application/zip",
                "content_metadata": json.dumps(metadata(s)),
            },
            lambda a, s: a.result,
            keep="job",
        ),
        Step(
            "CreateFetchAndImportCourseJob",
            lambda s: {
                **common(s, FETCHED),
                "body": sc.ImportFetchRequestSchema(
                    url="https://files.example.org/course.zip",
                    content_type="application/zip",
                    media_file_metadata=sc.MediaFileMetadataSchema(**metadata(s)),
                ),
            },
            lambda a, s: a.result,
        ),
        Step(
            "CreateNoUploadAndImportCourseJob",
            lambda s: {
                **common(s, COURSE),
                "body": sc.ImportRequestSchema(
                    media_file_reference_request=sc.ImportMediaFileReferenceRequestSchema(
                        url="https://files.example.org/film.mp4",
                        content_type="video/mp4",
                        media_file_metadata=sc.MediaFileMetadataSchema(**metadata(s)),
                    )
                ),
            },
            lambda a, s: a.result,
            keep="job2",
        ),
        Step(
            "CreateNoUploadAndImportCourseJob",
            lambda s: {
                **common(s, FETCHED),
                "body": sc.ImportRequestSchema(
                    fetch_request=sc.ImportFetchRequestSchema(
                        url="https://files.example.org/again.zip",
                        content_type="application/zip",
                        media_file_metadata=sc.MediaFileMetadataSchema(**metadata(s)),
                    )
                ),
            },
        ),
        Step(
            "GetImportJobStatus",
            lambda s: {"import_job_id": s.get("job2")},
            lambda a, s: (
                (a.status, a.import_result.course.version) == ("COMPLETE", 1)
                and s.planting.tag() in a.import_result.course.tags
            ),
        ),
    ]


def _reading():
    every = {"include_registration_count": True, "include_course_metadata": True}
    return [
        Step("SetCourseTitle", lambda s: {"course_id": COURSE, "body": sc.TitleSchema(title="A better title")}),
        Step(
            "GetCourse",
            lambda s: {"course_id": COURSE, **every},
            lambda a, s: (a.id, a.title, a.version) == (COURSE, "A better title", 1) and a.metadata.title,
        ),
        Step("GetCourses", lambda s: filters(s, tags=[s.planting.tag(), "other"], **every)),
        Step(
            "GetCourses",
            lambda s: {"tags": ["import"], "order_by": "course_id_asc", "include_total_count": True, **every},
            lambda a, s: [one.id for one in a.courses] == [COURSE, FETCHED] and s.planting.tag() in a.courses[0].tags,
        ),
        Step(
            "GetCourseVersions",
            lambda s: {"course_id": COURSE, **every},
            lambda a, s: [one.version for one in a.courses] == [0, 1],
        ),
        Step(
            "GetCourseVersionInfo",
            lambda s: {"course_id": COURSE, "version_id": 0, **every},
            lambda a, s: (a.id, a.version) == (COURSE, 0) and s.planting.tag() in a.tags,
        ),
        Step("GetCourseZip", lambda s: {"course_id": COURSE}, lambda a, s: a.startswith(b"PK")),
        Step(
            "GetVersionedCourseZip", lambda s: {"course_id": COURSE, "version_id": 1}, lambda a, s: a.startswith(b"PK")
        ),
        Step("BuildCoursePreviewLaunchLink", lambda s: {"course_id": COURSE, "body": _preview(s)}, _is_link),
        Step(
            "BuildCoursePreviewLaunchLinkWithVersion",
            lambda s: {"course_id": COURSE, "version_id": 0, "body": _preview(s)},
            _is_link,
        ),
    ]


def _is_link(answer, _scene):
    return answer.launch_link.startswith("http")


def _preview(scene):
    planting = scene.planting
    return sc.PreviewLaunchLinkRequestSchema(
        expiry=120,
        redirect_on_exit_url=planting.url("/back"),
        css_url=planting.url("/look.css", LI),
        additionalvalues=[sc.ItemValuePairSchema(item=planting.text("extra"), value=planting.text("extra", SEAN))],
    )


def _assets():
    return [
        row
        for version in ({}, {"version_id": 0})
        for row in _assets_of("CourseVersion" if version else "Course", {"course_id": COURSE, **version})
    ]


def _assets_of(noun, which):
    listed = f"Get{noun}FileList"
    return [
        Step(
            f"Upload{noun}AssetFile",
            lambda s: {**which, "destination": "lessons", "file": upload(s), "update_asset_policy": "lax"},
            lambda a, s: (a.filename, a.destination) == ("lesson.html", "lessons"),
        ),
        Step(
            f"Import{noun}AssetFile",
            lambda s: {
                **which,
                "body": sc.ImportAssetRequestSchema(fetch_url="https://files.example.org/b.html", destination="more"),
            },
            lambda a, s: a.filename == "b.html",
        ),
        Step(listed, lambda s: which, lambda a, s: {"lessons/lesson.html", "more/b.html"} <= {f.path for f in a.files}),
        Step(f"Get{noun}Asset", lambda s: {**which, "relative_path": "lessons/lesson.html"}, lambda a, s: a == PAGE),
        Step(f"Delete{noun}Asset", lambda s: {**which, "relative_path": "more/b.html"}),
        Step(listed, lambda s: which, lambda a, s: "more/b.html" not in {f.path for f in a.files}),
    ]


def _settings():
    return [
        row
        for noun, which in (
            ("Course", {"course_id": COURSE}),
            ("CourseVersion", {"course_id": COURSE, "version_id": 0}),
        )
        for row in (
            Step(f"Set{noun}Configuration", lambda s, w=which: {**w, "body": setting(s, LI)}),
            Step(
                f"Get{noun}Configuration",
                lambda s, w=which: {**w, "include_metadata": True},
                lambda a, s: shows_url(a, s, LI, source="course"),
            ),
            Step(f"Delete{noun}ConfigurationSetting", lambda s, w=which: {**w, "setting_id": URL_SETTING}),
        )
    ]


def _tags():
    return tags.steps("Course", "course_id", lambda s: COURSE, people=(ZOE, SEAN))


def endings():
    """Deletions, last of all."""
    return [
        Step("DeleteCourseVersion", lambda s: {"course_id": COURSE, "version_id": 0}),
        Step(
            "GetCourseVersions", lambda s: {"course_id": COURSE}, lambda a, s: [one.version for one in a.courses] == [1]
        ),
        Step("DeleteCourse", lambda s: {"course_id": FETCHED}),
        Step("GetCourses", lambda s: {"tags": ["import"]}, lambda a, s: [one.id for one in a.courses] == [COURSE]),
    ]
