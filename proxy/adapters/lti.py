"""LTI 1.1: a platform's page posts a signed form that names the learner (IMS LTI 1.1 implementation guide, section 3).

Source: the guide; docs/protocol/dispatch.md section 1.5. The form is verified with the key that the LMS has from us and
signed anew for the cloud (`proxy.passage.oauth`), so everything in it may change. What leaves is listed here; every other
parameter is dropped, among them whatever a platform adds of its own (`custom_…`, `ext_…`: user names, roles, groups).
`lis_outcome_service_url` and `lis_result_sourcedid` are dropped, too: by them the cloud would report grades to the LMS
around us, under a handle that names the learner. Results come by postback, dispatch or API.
"""

from proxy.fields import Adapter, Body, Direction, Field, Keys, Kind, Route, Session, Shape, Treat, query

FORM = ("application/x-www-form-urlencoded",)

SIGNATURE = (
    "oauth_callback",
    "oauth_consumer_key",
    "oauth_nonce",
    "oauth_signature",
    "oauth_signature_method",
    "oauth_timestamp",
    "oauth_version",
)
LAUNCH = Shape(
    body=Body.READ,
    media=FORM,
    one_set=True,
    keys=Keys(named=SIGNATURE, others="drop"),
    fields=(
        Field(query("user_id"), Kind.SUBJECT, required=True),
        Field(query("lis_person_name_given"), Kind.GIVEN),
        Field(query("lis_person_name_family"), Kind.FAMILY),
        Field(query("lis_person_name_full"), Kind.NAME),
        Field(query("lis_person_contact_email_primary"), Kind.EMAIL, Treat.OMIT, why="would create a website user"),
        Field(query("launch_presentation_return_url"), Kind.URL, Treat.SEAL, why="the LMS's page, with its query"),
        Field(query("lti_message_type"), Kind.FREE_TEXT, Treat.KEEP, why="a word of the protocol"),
        Field(query("lti_version"), Kind.FREE_TEXT, Treat.KEEP, why="a word of the protocol"),
        Field(
            query("resource_link_id"), Kind.FREE_TEXT, Treat.TEXT, why="the place in the LMS where the course stands"
        ),
        Field(query("context_id"), Kind.FREE_TEXT, Treat.TEXT, why="the LMS's course; its titles are dropped"),
        Field(query("roles"), Kind.FREE_TEXT, Treat.TEXT, why="what she is there, in words of the protocol"),
        Field(query("launch_presentation_locale"), Kind.FREE_TEXT, Treat.TEXT, why="the language of the pages"),
        Field(query("launch_presentation_document_target"), Kind.FREE_TEXT, Treat.KEEP, why="frame, iframe or window"),
        Field(query("launch_presentation_width"), Kind.FREE_TEXT, Treat.KEEP, why="of the frame"),
        Field(query("launch_presentation_height"), Kind.FREE_TEXT, Treat.KEEP, why="of the frame"),
        Field(query("tool_consumer_info_product_family_code"), Kind.FREE_TEXT, Treat.KEEP, why="which LMS it is"),
        Field(query("tool_consumer_info_version"), Kind.FREE_TEXT, Treat.KEEP, why="which LMS it is"),
        Field(query("tool_consumer_instance_guid"), Kind.FREE_TEXT, Treat.TEXT, why="the installation, not a person"),
    ),
)

ADAPTER = Adapter(
    name="lti",
    faces=Direction.OUTWARD,
    summary="LTI 1.1 launches of dispatches: verified, translated, signed anew.",
    routes=(
        Route(
            "lti.launch",
            ("POST",),
            "/sc/blti",
            request=LAUNCH,
            session=Session.OPENS,
            signed="oauth1",
            why="The form that names the learner. Another path of your cloud's can be added in `routes` of the mount.",
        ),
        Route(
            "lti.launch-further-host",
            ("POST",),
            "~/sc/blti",
            request=LAUNCH,
            session=Session.OPENS,
            signed="oauth1",
            why="The same where the cloud's host for LTI is one of `origins` (app.cloud.scorm.com).",
        ),
        Route(
            "lti.13",
            ("GET", "POST"),
            "/{any:**}/lti13/{rest:**}",
            request=Shape(body=Body.READ, media=FORM, keys=Keys(others="pass")),
            refuse="lti13",
            why="Claims in a token that the platform signs: nobody between can alter them, names would leave.",
        ),
        Route(
            "lti.13-further-host",
            ("GET", "POST"),
            "~/{any:**}/lti13/{rest:**}",
            request=Shape(body=Body.READ, media=FORM, keys=Keys(others="pass")),
            refuse="lti13",
            why="As lti.13. The paths are an inference; what is not declared is refused anyhow.",
        ),
    ),
)
