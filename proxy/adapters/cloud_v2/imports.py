"""Imports of course content: by upload, or by an address from which the cloud fetches it."""

from proxy.adapters.cloud_v2.courses import MULTIPART, SHOWN_TO_ALL
from proxy.adapters.cloud_v2.shapes import NOTHING, RESULT, TAGS_OF_THINGS
from proxy.fields import Body, Field, Keys, Kind, Route, Shape, Treat, below, inside, json, plain, query, shows, takes

FETCH = (
    "/url",
    "/contentType",
    *below("/mediaFileMetadata", ("/title", "/description", "/contentLanguage", "/estimatedDuration")),
)
FETCHED = "a package or asset that the cloud fetches, often by a signed address"
IMPORT_KEYS = ("courseId",)
CALLBACK = Field(query("postbackUrl"), Kind.URL, Treat.LMS, why="told when an import is done; no learner is in it")
FETCH_FIELDS = (
    Field(json("/url"), Kind.URL, Treat.KEEP, why=FETCHED),
    Field(json("/mediaFileMetadata/title"), Kind.FREE_TEXT, Treat.KEEP, why=SHOWN_TO_ALL),
    Field(json("/mediaFileMetadata/description"), Kind.FREE_TEXT, Treat.KEEP, why=SHOWN_TO_ALL),
)
IMPORT = (*plain(query("mayCreateNewVersion")), CALLBACK, TAGS_OF_THINGS)

ROUTES = (
    Route(
        "cloud.import.fetch",
        ("POST",),
        "/courses/importJobs",
        request=takes(*FETCH, keys=IMPORT_KEYS, fields=(*FETCH_FIELDS, *IMPORT)),
        answer=RESULT,
        why="CreateFetchAndImportCourseJob",
    ),
    Route(
        "cloud.import.no-upload",
        ("POST",),
        "/courses/importJobs/noUpload",
        request=takes(
            *below("/fetchRequest", FETCH),
            *below("/mediaFileReferenceRequest", FETCH),
            *below(
                "/connectorReferenceRequest", ("/connectorId", "/connectorIdForContent", "/metadataForConnector/**")
            ),
            keys=IMPORT_KEYS,
            fields=(
                *inside("/fetchRequest", FETCH_FIELDS),
                *inside("/mediaFileReferenceRequest", FETCH_FIELDS),
                *IMPORT,
            ),
        ),
        answer=RESULT,
        why="CreateNoUploadAndImportCourseJob",
    ),
    Route(
        "cloud.import.upload",
        ("POST",),
        "/courses/importJobs/upload",
        request=Shape(
            body=Body.UPLOAD,
            media=MULTIPART,
            keys=Keys(named=IMPORT_KEYS),
            fields=IMPORT,
            parts=("file", "contentMetadata"),
        ),
        answer=RESULT,
        why="CreateUploadAndImportCourseJob. The file is content; what stands around it is read.",
    ),
    Route(
        "cloud.import",
        ("GET",),
        "/courses/importJobs/{importJobId}",
        request=NOTHING,
        answer=shows("/jobId", "/status", "/message", "/importResult"),
        why="GetImportJobStatus",
    ),
)
