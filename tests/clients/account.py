"""Calls about the account: applications, keys, tokens, settings, LRS keys, pipes, connectors, reporting."""

from datetime import UTC, datetime, timedelta

import rustici_software_cloud_v2 as sc

from tests.clients.planted import SEAN, ZOE
from tests.clients.scene import Step

PAST = datetime(2020, 1, 1, tzinfo=UTC)
URL_SETTING = "ApiRollupRegistrationPostBackUrl"


def setting(scene, person=ZOE):
    """A POST of settings: an address with an identity, and its user."""
    planting = scene.planting
    url = planting.postback_url(person) if "setting" in planting.classes else planting.hook
    return sc.SettingsPostSchema(
        settings=[
            sc.SettingsIndividualSchema(setting_id=URL_SETTING, value=url),
            sc.SettingsIndividualSchema(setting_id="ApiRollupRegistrationAuthType", value="httpbasic"),
            sc.SettingsIndividualSchema(setting_id="ApiRollupRegistrationAuthUser", value="hook"),
        ]
    )


def shows_url(answer, scene, person=ZOE, source=None):
    """The settings come back as they were set."""
    [item] = [one for one in answer.setting_items if one.id == URL_SETTING]
    url = scene.planting.postback_url(person) if "setting" in scene.planting.classes else scene.planting.hook
    return item.effective_value == url and (source is None or item.effective_value_source == source)


def filters(scene, **more):
    """The filters of every list, with a name where a text may stand."""
    return {"since": PAST, "filter": scene.planting.text("filter"), "include_total_count": True, **more}


def steps():
    """Everything but deletions."""
    return [*_applications(), *_settings(), *_xapi(), *_reporting()]


def _applications():
    note = lambda scene: scene.planting.text("note", SEAN)  # noqa: E731
    return [
        Step("PingAppId", holds=lambda a, s: a.api_message),
        Step("GetAbout", holds=lambda a, s: a.version),
        Step(
            "CreateApplication",
            lambda s: {"body": sc.ApplicationRequestSchema(name="Second campus")},
            lambda a, s: a.name == "Second campus",
            keep="app",
            of=lambda a: a.id,
        ),
        Step("GetApplicationList", holds=lambda a, s: s.get("app") in {one.id for one in a.applications}),
        Step(
            "GetApplications",
            lambda s: {
                "include_course_count": True,
                "include_total_count": True,
                "filter_by": "name",
                "filter": "campus",
            },
            lambda a, s: [one.id for one in a.applications] == [s.get("app")] and a.applications[0].course_count == 0,
        ),
        Step("GetApplications", lambda s: {"filter": s.planting.text("filter")}, lambda a, s: a.applications == []),
        Step(
            "UpdateApplication",
            lambda s: {
                "child_app_id": s.get("app"),
                "body": sc.UpdateApplicationSchema(name="Third campus", allow_delete=True),
            },
        ),
        Step(
            "GetApplicationInfo",
            lambda s: {"child_app_id": s.get("app"), "include_registration_count": True},
            lambda a, s: (a.name, a.allow_delete, a.registration_count) == ("Third campus", True, 0),
        ),
        Step(
            "CreateCredential",
            lambda s: {"child_app_id": s.get("app"), "body": sc.CredentialRequestSchema(name=note(s))},
            lambda a, s: a.credential and a.name == note(s),
            keep="credential",
            of=lambda a: a.id,
        ),
        Step(
            "UpdateCredential",
            lambda s: {
                "child_app_id": s.get("app"),
                "credential_id": s.get("credential"),
                "body": sc.CredentialRequestSchema(name=note(s) + " again", active=False),
            },
        ),
        Step(
            "GetCredentials",
            lambda s: {"child_app_id": s.get("app")},
            lambda a, s: [one.name for one in a.credentials][-1] == note(s) + " again",
        ),
        Step(
            "CreateToken",
            lambda s: {
                "body": sc.TokenRequestSchema(
                    permissions=sc.PermissionsSchema(scopes=["read:registration"], application_name="x"),
                    expiry=datetime.now(UTC) + timedelta(minutes=5),
                )
            },
            lambda a, s: a.result,
        ),
        Step(
            "GetAppToken",
            lambda s: {"scope": "read:registration write:course", "expiration": 60},
            lambda a, s: a.access_token and a.expires_in == 60,
        ),
    ]


def _settings():
    standard = {"learning_standard": "SCORM12", "single_sco": True}
    return [
        Step("SetApplicationConfiguration", lambda s: {"body": setting(s)}),
        Step(
            "GetApplicationConfiguration",
            lambda s: {"include_metadata": True},
            lambda a, s: shows_url(a, s, source="application") and a.setting_items[0].metadata.data_type,
        ),
        Step("SetApplicationConfiguration", lambda s: {"body": setting(s, SEAN), **standard}),
        Step(
            "GetApplicationConfiguration",
            lambda s: standard,
            lambda a, s: shows_url(a, s, SEAN, source="learningStandardForApplication"),
        ),
        Step("DeleteApplicationConfigurationSetting", lambda s: {"setting_id": URL_SETTING, **standard}),
        Step("GetApplicationConfiguration", lambda s: standard, lambda a, s: shows_url(a, s, source="application")),
        Step("DeleteApplicationConfigurationSetting", lambda s: {"setting_id": URL_SETTING}),
    ]


def _xapi():
    def credential(scene, name):
        return sc.XapiCredentialPostSchema(
            name=f"{name} {scene.planting.text('note')}",
            info=scene.planting.text("note", SEAN),
            secret="lrs-secret",
            is_enabled=True,
            auth=sc.XapiCredentialAuthTypeSchema("BASICAUTH"),
            permissions_level=sc.XapiCredentialPermissionsLevelSchema("USER"),
        )

    def endpoint(scene, path):
        return sc.XapiEndpointSchema(url=scene.planting.url(path), user_name="pipe", password="pipe-secret")

    connector = {"host": "https://content.example.org", "key": "connector-secret"}
    return [
        Step(
            "CreateXapiCredential",
            lambda s: {"body": credential(s, "first")},
            keep="xapi-key",
        ),
        Step(
            "GetXapiCredential",
            lambda s: {"xapi_credential_id": s.get("xapi-key")},
            lambda a, s: a.name == credential(s, "first").name and a.info == credential(s, "").info,
        ),
        Step(
            "SetXapiCredential",
            lambda s: {"xapi_credential_id": s.get("xapi-key"), "body": credential(s, "second")},
        ),
        Step(
            "GetXapiCredentials",
            lambda s: {"include_total_count": True, "filter_by": "name", "filter": "second"},
            lambda a, s: a.xapi_credentials[0].name == credential(s, "second").name,
        ),
        Step("GetXapiCredentials", lambda s: {"filter": s.planting.text("filter")}),
        Step(
            "CreateStatementPipe",
            lambda s: {
                "body": sc.XapiStatementPipePostSchema(
                    source=endpoint(s, "/lrs/source"), target=endpoint(s, "/lrs/target")
                )
            },
            keep="pipe",
        ),
        Step(
            "SetStatementPipe",
            lambda s: {
                "statement_pipe_id": s.get("pipe"),
                "body": sc.XapiStatementPipePutSchema(
                    source=endpoint(s, "/lrs/source2"), target=endpoint(s, "/lrs/target2")
                ),
            },
        ),
        Step(
            "GetStatementPipe",
            lambda s: {"statement_pipe_id": s.get("pipe")},
            lambda a, s: a.target.url == s.planting.url("/lrs/target2"),
        ),
        Step("GetStatementPipes", holds=lambda a, s: [one.id for one in a.xapi_statement_pipes] == [s.get("pipe")]),
        Step(
            "CreateConnector",
            lambda s: {
                "body": sc.CreateConnectorSchema(
                    content_connector_type="SharePoint", configuration=connector, enabled=True
                )
            },
            keep="connector",
        ),
        Step(
            "UpdateConnector",
            lambda s: {
                "connector_id": s.get("connector"),
                "body": sc.UpdateConnectorSchema(configuration=connector, enabled=False),
            },
        ),
        Step(
            "GetConnectorsList",
            lambda s: {"include_additional_instance_information": True},
            lambda a, s: (
                [(one.connector_id, one.enabled) for one in a.connector_entries] == [(s.get("connector"), False)]
            ),
        ),
    ]


def _reporting():
    return [
        Step("GetAccountInfo", holds=lambda a, s: a.email == s.owner and a.usage.month_start),
        Step(
            "GetReportageAuthToken",
            lambda s: {"nav_permission": "NONAV", "admin": True},
            keep="reportage",
            of=lambda a: a.query_string,
        ),
        Step(
            "GetReportageLink",
            lambda s: {"auth": s.get("reportage"), "report_url": report_url(s)},
            lambda a, s: a.reportage_link,
        ),
    ]


def report_url(scene):
    """A report about one learner: her id and a tag stand in the query of an address in the query."""
    from urllib.parse import urlencode

    query = {"appId": scene.normal.username}
    if "url" in scene.planting.classes:
        query |= {"learnerId": ZOE.id, "learnerTags": scene.planting.tag("learner-tag")}
    return "https://cloud.scorm.com/Reportage/reportage.php?" + urlencode(query)


def endings():
    """Deletions, last of all."""
    return [
        Step("DeleteConnector", lambda s: {"connector_id": s.get("connector")}),
        Step("DeleteStatementPipe", lambda s: {"statement_pipe_id": s.get("pipe")}),
        Step("DeleteXapiCredential", lambda s: {"xapi_credential_id": s.get("xapi-key")}),
        Step(
            "DeleteCredential",
            lambda s: {"child_app_id": s.get("app"), "credential_id": s.get("credential")},
        ),
        Step("DeleteApplication", lambda s: {"child_app_id": s.get("app")}),
        Step("GetApplicationList", holds=lambda a, s: s.get("app") not in {one.id for one in a.applications}),
    ]
