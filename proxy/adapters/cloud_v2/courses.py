"""Courses: content and its settings. No learner is in them, but addresses for postbacks and launches are."""

from proxy.adapters.cloud_v2.shapes import (
    DONE,
    FILTER,
    LIST,
    MORE,
    NOTHING,
    SETTINGS_SHOWN,
    STATEMENTS_SHOWN,
    TAG_BATCH,
    TAG_LIST,
    TAGS_OF_THINGS,
    TAGS_SHOWN,
    TIMES,
)
from proxy.fields import (
    Body,
    Field,
    Keys,
    Kind,
    Route,
    Shape,
    Treat,
    below,
    json,
    plain,
    query,
    shows,
    takes,
    words,
)

COURSE = (
    "/id",
    "/title",
    "/xapiActivityId",
    "/created",
    "/updated",
    "/version",
    "/registrationCount",
    "/activityId",
    "/courseLearningStandard",
    "/tags",
    "/dispatched",
    "/metadata",
    "/rootActivity",
)
COUNTS = plain(query("includeRegistrationCount"), query("includeCourseMetadata"))
PACKAGE = Shape(body=Body.FILE, media=("application/zip", "application/octet-stream"))
ASSET = Shape(body=Body.FILE)
MULTIPART = ("multipart/form-data",)

FETCHED = "an asset that the cloud fetches, often by a signed address"
SHOWN_TO_ALL = "of the course, shown to everybody"

PREVIEW = takes(
    "/expiry",
    "/redirectOnExitUrl",
    "/startSco",
    "/culture",
    "/cssUrl",
    "/additionalvalues",
    fields=(
        *plain(json("/expiry")),
        *words(json("/culture")),
        Field(
            json("/redirectOnExitUrl"),
            Kind.URL,
            Treat.ORIGIN,
            blanks=("closer", "blank", "message"),
            why="of a page of the LMS; nobody is known for whom it could be sealed, so only its host leaves",
        ),
        Field(json("/cssUrl"), Kind.URL, Treat.KEEP, why="a style sheet"),
        Field(
            json("/additionalvalues"),
            Kind.FREE_TEXT,
            Treat.REFUSE,
            unless="launch-values",
            why="whatever an LMS adds to a launch: attributes of a person, as a rule",
        ),
    ),
)
LINK = shows("/launchLink", fields=(Field(json("/launchLink"), Kind.URL, Treat.LAUNCH, person=""),))
STATEMENTS = takes(fields=(*TIMES, Field(query("learnerId"), Kind.SUBJECT), MORE))
ASSET_ASKED = takes(keys=("relativePath",))
ASSET_FETCHED = takes(
    "/fetchUrl",
    "/destination",
    keys=("updateAssetPolicy",),
    fields=(Field(json("/fetchUrl"), Kind.URL, Treat.KEEP, why=FETCHED),),
)
ASSET_UPLOADED = Shape(
    body=Body.UPLOAD,
    media=MULTIPART,
    keys=Keys(named=("updateAssetPolicy",)),
    parts=("file", "destination"),
)
STORED = shows("/filename", "/destination")
FILES = shows("/files")
ONE = takes(fields=COUNTS)

SETTINGS = takes(
    "/settings",
    fields=(Field(json("/settings"), Kind.URL, Treat.SETTINGS, level="course", level_of=("courseId",)),),
)
VERSION_SETTINGS = takes(
    "/settings",
    fields=(
        Field(json("/settings"), Kind.URL, Treat.SETTINGS, level="course-version", level_of=("courseId", "versionId")),
    ),
)
SETTINGS_ASKED = takes(fields=plain(query("includeMetadata")))

C = "/courses/{courseId}"
V = "/courses/{courseId}/versions/{versionId}"

ROUTES = (
    Route(
        "cloud.courses",
        ("GET",),
        "/courses",
        request=takes(fields=(*LIST, *COUNTS, FILTER, TAGS_OF_THINGS, MORE)),
        answer=shows("/more", *below("/courses/*", COURSE)),
        why="GetCourses",
    ),
    Route("cloud.courses.tags", ("PUT",), "/courses/tags", request=TAG_BATCH, answer=DONE, why="PutCourseTagsBatch"),
    Route("cloud.course", ("GET",), C, request=ONE, answer=shows(*COURSE), why="GetCourse"),
    Route("cloud.course.delete", ("DELETE",), C, request=NOTHING, answer=DONE, why="DeleteCourse"),
    Route(
        "cloud.course.title",
        ("PUT",),
        f"{C}/title",
        request=takes("/title", fields=(Field(json("/title"), Kind.FREE_TEXT, Treat.KEEP, why=SHOWN_TO_ALL),)),
        answer=DONE,
        why="SetCourseTitle",
    ),
    Route("cloud.course.zip", ("GET",), f"{C}/zip", request=NOTHING, answer=PACKAGE, why="GetCourseZip"),
    Route("cloud.course.tags", ("GET",), f"{C}/tags", request=NOTHING, answer=TAGS_SHOWN, why="GetCourseTags"),
    Route("cloud.course.tags.change", ("PUT", "DELETE"), f"{C}/tags", request=TAG_LIST, answer=DONE, why="its tags"),
    Route(
        "cloud.course.preview",
        ("POST",),
        f"{C}/preview",
        request=PREVIEW,
        answer=LINK,
        why="BuildCoursePreviewLaunchLink",
    ),
    Route(
        "cloud.course.statements",
        ("GET",),
        f"{C}/xAPIStatements",
        request=STATEMENTS,
        answer=STATEMENTS_SHOWN,
        details=True,
        why="GetCourseStatements",
    ),
    Route(
        "cloud.course.settings",
        ("GET",),
        f"{C}/configuration",
        request=SETTINGS_ASKED,
        answer=SETTINGS_SHOWN,
        why="GetCourseConfiguration",
    ),
    Route(
        "cloud.course.settings.set",
        ("POST",),
        f"{C}/configuration",
        request=SETTINGS,
        answer=DONE,
        why="SetCourseConfiguration",
    ),
    Route(
        "cloud.course.setting.delete",
        ("DELETE",),
        f"{C}/configuration/{{settingId}}",
        request=NOTHING,
        answer=DONE,
        why="falls back to the application's; `scormveil doctor` says where that leads",
    ),
    Route("cloud.asset", ("GET",), f"{C}/asset", request=ASSET_ASKED, answer=ASSET, why="GetCourseAsset"),
    Route("cloud.asset.delete", ("DELETE",), f"{C}/asset", request=ASSET_ASKED, answer=DONE, why="DeleteCourseAsset"),
    Route("cloud.asset.fetch", ("POST",), f"{C}/asset", request=ASSET_FETCHED, answer=STORED, why="by address"),
    Route("cloud.asset.upload", ("POST",), f"{C}/asset/upload", request=ASSET_UPLOADED, answer=STORED, why="a file"),
    Route("cloud.assets", ("GET",), f"{C}/asset/list", request=NOTHING, answer=FILES, why="GetCourseFileList"),
    Route(
        "cloud.versions",
        ("GET",),
        f"{C}/versions",
        request=takes(fields=(*TIMES, *COUNTS)),
        answer=shows(*below("/courses/*", COURSE)),
        why="GetCourseVersions",
    ),
    Route("cloud.version", ("GET",), V, request=ONE, answer=shows(*COURSE), why="GetCourseVersionInfo"),
    Route("cloud.version.delete", ("DELETE",), V, request=NOTHING, answer=DONE, why="DeleteCourseVersion"),
    Route("cloud.version.zip", ("GET",), f"{V}/zip", request=NOTHING, answer=PACKAGE, why="GetVersionedCourseZip"),
    Route(
        "cloud.version.preview",
        ("POST",),
        f"{V}/preview",
        request=PREVIEW,
        answer=LINK,
        why="BuildCoursePreviewLaunchLinkWithVersion",
    ),
    Route(
        "cloud.version.statements",
        ("GET",),
        f"{V}/xAPIStatements",
        request=STATEMENTS,
        answer=STATEMENTS_SHOWN,
        details=True,
        why="GetCourseVersionStatements",
    ),
    Route(
        "cloud.version.settings",
        ("GET",),
        f"{V}/configuration",
        request=SETTINGS_ASKED,
        answer=SETTINGS_SHOWN,
        why="GetCourseVersionConfiguration",
    ),
    Route(
        "cloud.version.settings.set",
        ("POST",),
        f"{V}/configuration",
        request=VERSION_SETTINGS,
        answer=DONE,
        why="SetCourseVersionConfiguration",
    ),
    Route(
        "cloud.version.setting.delete",
        ("DELETE",),
        f"{V}/configuration/{{settingId}}",
        request=NOTHING,
        answer=DONE,
        why="DeleteCourseVersionConfigurationSetting",
    ),
    Route("cloud.version.asset", ("GET",), f"{V}/asset", request=ASSET_ASKED, answer=ASSET, why="of one version"),
    Route("cloud.version.asset.delete", ("DELETE",), f"{V}/asset", request=ASSET_ASKED, answer=DONE, why="as above"),
    Route("cloud.version.asset.fetch", ("POST",), f"{V}/asset", request=ASSET_FETCHED, answer=STORED, why="as above"),
    Route(
        "cloud.version.asset.upload",
        ("POST",),
        f"{V}/asset/upload",
        request=ASSET_UPLOADED,
        answer=STORED,
        why="UploadCourseVersionAssetFile",
    ),
    Route("cloud.version.assets", ("GET",), f"{V}/asset/list", request=NOTHING, answer=FILES, why="its files"),
)
