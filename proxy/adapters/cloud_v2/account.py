"""The account itself: applications, credentials, tokens, settings for all courses, connectors, reports."""

from proxy.adapters.cloud_v2.shapes import DONE, FILTER, LIST, MORE, NOTHING, RESULT, SETTINGS_SHOWN, STAFF
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
    path,
    plain,
    query,
    shows,
    takes,
    url,
    words,
)

APPLICATION = ("/id", "/name", "/createDate", "/updateDate", "/allowDelete", "/courseCount", "/registrationCount")
COUNTS = plain(query("includeCourseCount"), query("includeRegistrationCount"))
CREDENTIAL = ("/id", "/name", "/credential", "/pensCredential", "/status", "/created", "/updated")
NAME = Field(json("/name"), Kind.FREE_TEXT, Treat.KEEP, why="a label that staff gave")
M = "management"

CONNECTOR = (
    Field(json("/configuration/**"), Kind.FREE_TEXT, Treat.KEEP, why="keys of another service, which the cloud needs"),
    *plain(json("/enabled")),
)

WHICH = ("learningStandard", "singleSco")

A = "/appManagement/applications"
A1 = "/appManagement/applications/{childAppId}"
K = "/appManagement/{childAppId}/credentials"

MANAGEMENT = (
    Route(
        "cloud.applications",
        ("GET",),
        "/appManagement/applicationList",
        request=takes(fields=(*LIST, *COUNTS, FILTER, MORE)),
        answer=shows("/more", *below("/applications/*", APPLICATION)),
        login=M,
        why="GetApplications",
    ),
    Route(
        "cloud.applications.all",
        ("GET",),
        A,
        request=NOTHING,
        answer=shows("/applications/*/id", "/applications/*/name"),
        login=M,
        why="GetApplicationList",
    ),
    Route(
        "cloud.application.create",
        ("POST",),
        A,
        request=takes("/name", fields=(NAME,)),
        answer=shows("/id", "/name"),
        login=M,
        why="CreateApplication",
    ),
    Route(
        "cloud.application",
        ("GET",),
        A1,
        request=takes(fields=COUNTS),
        answer=shows(*APPLICATION),
        login=M,
        why="GetApplicationInfo",
    ),
    Route(
        "cloud.application.update",
        ("PUT",),
        A1,
        request=takes("/name", "/allowDelete", fields=(NAME, *plain(json("/allowDelete")))),
        answer=DONE,
        login=M,
        why="UpdateApplication",
    ),
    Route("cloud.application.delete", ("DELETE",), A1, request=NOTHING, answer=DONE, login=M, why="DeleteApplication"),
    Route(
        "cloud.credentials",
        ("GET",),
        K,
        request=NOTHING,
        answer=shows(*below("/credentials/*", CREDENTIAL)),
        login=M,
        refuse="credentials",
        why="GetCredentials. The cloud's own secrets stay in the proxy: whoever has one can go around it.",
    ),
    Route(
        "cloud.credential.create",
        ("POST",),
        K,
        request=takes("/name", "/active", fields=(NAME,)),
        answer=shows(*CREDENTIAL),
        login=M,
        refuse="credentials",
        why="CreateCredential",
    ),
    Route(
        "cloud.credential.update",
        ("PUT",),
        f"{K}/{{credentialId}}",
        request=takes(
            "/name",
            "/active",
            fields=(NAME, Field(path("credentialId"), Kind.FREE_TEXT, Treat.KEEP, why="its id, not the secret")),
        ),
        answer=DONE,
        login=M,
        refuse="credentials",
        why="UpdateCredential",
    ),
    Route(
        "cloud.credential.delete",
        ("DELETE",),
        f"{K}/{{credentialId}}",
        request=takes(fields=(Field(path("credentialId"), Kind.FREE_TEXT, Treat.KEEP, why="its id, not the secret"),)),
        answer=DONE,
        login=M,
        refuse="credentials",
        why="DeleteCredential",
    ),
)

TOKENS = (
    Route(
        "cloud.token.create",
        ("POST",),
        "/appManagement/token",
        request=takes("/permissions/scopes/*", "/permissions/applicationName", "/expiry"),
        answer=shows("/result", fields=(Field(json("/result"), Kind.FREE_TEXT, Treat.BEARER),)),
        why="CreateToken",
    ),
    Route(
        "cloud.token",
        ("POST",),
        "/oauth/authenticate/application/token",
        request=takes("/scope", "/expiration", media="application/x-www-form-urlencoded"),
        answer=shows(
            "/access_token",
            "/expires_in",
            "/token_type",
            fields=(Field(json("/access_token"), Kind.FREE_TEXT, Treat.BEARER),),
        ),
        why="GetAppToken",
    ),
)

SETTINGS = (
    Route(
        "cloud.settings",
        ("GET",),
        "/appManagement/configuration",
        request=takes(keys=(*WHICH, "includeMetadata")),
        answer=SETTINGS_SHOWN,
        why="GetApplicationConfiguration",
    ),
    Route(
        "cloud.settings.set",
        ("POST",),
        "/appManagement/configuration",
        request=takes(
            "/settings",
            keys=WHICH,
            fields=(Field(json("/settings"), Kind.URL, Treat.SETTINGS, level="application", level_of=WHICH),),
        ),
        answer=DONE,
        why="SetApplicationConfiguration",
    ),
    Route(
        "cloud.setting.delete",
        ("DELETE",),
        "/appManagement/configuration/{settingId}",
        request=takes(keys=WHICH),
        answer=DONE,
        why="DeleteApplicationConfigurationSetting",
    ),
)

CONNECTORS = (
    Route(
        "cloud.connectors",
        ("GET",),
        "/contentConnectors",
        request=takes(fields=plain(query("includeAdditionalInstanceInformation"))),
        answer=shows("/connectorEntries"),
        why="GetConnectorsList",
    ),
    Route(
        "cloud.connector.create",
        ("POST",),
        "/contentConnectors",
        request=takes(
            "/contentConnectorType",
            "/configuration/**",
            "/enabled",
            fields=(*words(json("/contentConnectorType")), *CONNECTOR),
        ),
        answer=RESULT,
        why="CreateConnector. Its configuration may hold keys of other services; the cloud needs them.",
    ),
    Route(
        "cloud.connector.update",
        ("PUT",),
        "/contentConnectors/{connectorId}",
        request=takes("/configuration/**", "/enabled", fields=CONNECTOR),
        answer=DONE,
        why="UpdateConnector",
    ),
    Route(
        "cloud.connector.delete",
        ("DELETE",),
        "/contentConnectors/{connectorId}",
        request=NOTHING,
        answer=DONE,
        why="DeleteConnector",
    ),
)

REPORTS = (
    Route(
        "cloud.account",
        ("GET",),
        "/reporting/accountInfo",
        request=NOTHING,
        answer=shows(
            "/email",
            "/firstName",
            "/lastName",
            "/company",
            "/accountType",
            "/regLimit",
            "/strictLimit",
            "/createDate",
            "/usage",
        ),
        why=f"GetAccountInfo: {STAFF}",
    ),
    Route(
        "cloud.reportage.auth",
        ("GET",),
        "/reporting/reportageAuth",
        request=takes(keys=("navPermission", "admin")),
        answer=shows("/authEnabled", "/queryString"),
        refuse="reportage",
        why="GetReportageAuthToken. Reports are pages of the cloud, which show pseudonyms and see who looks.",
    ),
    Route(
        "cloud.reportage.link",
        ("GET",),
        "/reporting/reportageLink",
        request=Shape(
            body=Body.READ,
            media=("application/json",),
            members=(),
            keys=Keys(others="pass"),
            fields=(
                Field(query("auth"), Kind.FREE_TEXT, Treat.KEEP, why="a token of the cloud's"),
                Field(query("reportUrl") / url() / query("learnerId"), Kind.SUBJECT),
                Field(query("reportUrl") / url() / query("learnerTags"), Kind.TAG),
                Field(query("reportUrl") / url() / query("registrationTags"), Kind.TAG),
            ),
        ),
        answer=shows("/reportageLink"),
        refuse="reportage",
        why="GetReportageLink",
    ),
    Route(
        "cloud.zoomi",
        ("GET", "PUT", "DELETE", "POST"),
        "/zoomi/{rest:**}",
        refuse="zoomi",
        why="Shares the use of courses with a third party; gone from the API since client 5.0.",
    ),
    Route(
        "cloud.about", ("GET",), "/about", request=NOTHING, answer=shows("/version", "/distribution"), why="GetAbout"
    ),
    Route("cloud.ping", ("GET",), "/ping", request=NOTHING, answer=shows("/apiMessage", "/currentTime"), why="Ping"),
)

ROUTES = (*MANAGEMENT, *TOKENS, *SETTINGS, *CONNECTORS, *REPORTS)
