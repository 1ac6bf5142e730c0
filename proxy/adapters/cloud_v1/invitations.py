"""`rustici.invitation.*`: the cloud mails learners itself, or asks them on its own page who they are.

That cannot be proxied honestly. Where the mount makes the exception, everything in them reaches the cloud in clear.
"""

from proxy.adapters.cloud_v1.common import (
    CALL,
    ERROR,
    FORM,
    PARTS,
    READ,
    SIGNED,
    STATUS,
    WHERE_RESULTS_GO,
    WHO_CALLS,
    XML,
)
from proxy.fields import Field, Keys, Kind, Route, Shape, Treat, query, xml

MAILED = "the cloud mails them, or there is no invitation"

CREATE = Shape(
    body=READ,
    media=FORM,
    one_set=True,
    keys=Keys(
        named=(
            *SIGNED,
            "courseid",
            "public",
            "send",
            "allowLaunch",
            "registrationCap",
            "expirationDate",
            "tags",
        )
    ),
    fields=(
        *WHO_CALLS,
        Field(query("addresses"), Kind.EMAIL, Treat.KEEP, why=MAILED),
        Field(query("creatingUserEmail"), Kind.EMAIL, Treat.KEEP, why="staff, a user of the cloud's website"),
        Field(query("emailSubject"), Kind.FREE_TEXT, Treat.KEEP, why=MAILED),
        Field(query("emailBody"), Kind.FREE_TEXT, Treat.KEEP, why=MAILED),
        Field(query("postbackurl", "url"), Kind.URL, Treat.PART, level="invitation", why=PARTS),
        *WHERE_RESULTS_GO[1:],
    ),
)

CREATED = Shape(body=READ, media=XML, keep=(*STATUS, "/rsp/invitationId", "/rsp/jobId"), fields=(ERROR,))

ONE = Shape(
    body=READ,
    media=FORM,
    one_set=True,
    keys=Keys(named=(*SIGNED, "invitationId", "detail", "enable", "open", "expirationDate")),
    fields=WHO_CALLS,
)

CLOUDS = "of the cloud, which has it already"

INFO = Shape(
    body=READ,
    media=XML,
    keep=(
        *STATUS,
        "/rsp/invitationInfo/id",
        "/rsp/invitationInfo/courseId",
        "/rsp/invitationInfo/public",
        "/rsp/invitationInfo/allowLaunch",
        "/rsp/invitationInfo/created",
        "/rsp/invitationInfo/createDate",
        "/rsp/invitationInfo/createdDate",
        "/rsp/invitationInfo/subject",
        "/rsp/invitationInfo/body",
        "/rsp/invitationInfo/url",
        "/rsp/invitationInfo/userInvitations/userInvitation/email",
        "/rsp/invitationInfo/userInvitations/userInvitation/url",
        "/rsp/invitationInfo/userInvitations/userInvitation/isStarted",
        "/rsp/invitationInfo/userInvitations/userInvitation/registrationId",
        "/rsp/invitationInfo/userInvitations/userInvitation/registrationreport/@regid",
        "/rsp/invitationInfo/userInvitations/userInvitation/registrationreport/complete",
        "/rsp/invitationInfo/userInvitations/userInvitation/registrationreport/success",
        "/rsp/invitationInfo/userInvitations/userInvitation/registrationreport/totaltime",
        "/rsp/invitationInfo/userInvitations/userInvitation/registrationreport/score",
    ),
    fields=(
        ERROR,
        Field(xml("/rsp/invitationInfo/subject"), Kind.FREE_TEXT, Treat.KEEP, why=CLOUDS),
        Field(xml("/rsp/invitationInfo/body"), Kind.FREE_TEXT, Treat.KEEP, why=CLOUDS),
        Field(xml("/rsp/invitationInfo/url"), Kind.URL, Treat.KEEP, why=CLOUDS),
        Field(xml("/rsp/invitationInfo//email"), Kind.EMAIL, Treat.KEEP, why=CLOUDS),
        Field(xml("/rsp/invitationInfo//userInvitation/url"), Kind.URL, Treat.KEEP, why=CLOUDS),
        Field(xml("/rsp/invitationInfo//registrationId"), Kind.REGISTRATION, Treat.KEEP, why="made by the cloud"),
        Field(
            xml("/rsp/invitationInfo//registrationreport/@regid"),
            Kind.REGISTRATION,
            Treat.KEEP,
            why="made by the cloud",
        ),
    ),
)

LIST = Shape(
    body=READ,
    media=XML,
    keep=(
        *STATUS,
        "/rsp/invitationlist/invitationInfo/id",
        "/rsp/invitationlist/invitationInfo/courseId",
        "/rsp/invitationlist/invitationInfo/public",
        "/rsp/invitationlist/invitationInfo/allowLaunch",
        "/rsp/invitationlist/invitationInfo/created",
        "/rsp/invitationlist/invitationInfo/createDate",
        "/rsp/invitationlist/invitationInfo/createdDate",
        "/rsp/invitationlist/invitationInfo/subject",
        "/rsp/invitationlist/invitationInfo/body",
        "/rsp/invitationlist/invitationInfo/url",
        "/rsp/invitationlist/invitationInfo/userInvitations/userInvitation/email",
        "/rsp/invitationlist/invitationInfo/userInvitations/userInvitation/url",
        "/rsp/invitationlist/invitationInfo/userInvitations/userInvitation/isStarted",
        "/rsp/invitationlist/invitationInfo/userInvitations/userInvitation/registrationId",
        "/rsp/invitationlist/invitationInfo/userInvitations/userInvitation/registrationreport/@regid",
        "/rsp/invitationlist/invitationInfo/userInvitations/userInvitation/registrationreport/complete",
        "/rsp/invitationlist/invitationInfo/userInvitations/userInvitation/registrationreport/success",
        "/rsp/invitationlist/invitationInfo/userInvitations/userInvitation/registrationreport/totaltime",
        "/rsp/invitationlist/invitationInfo/userInvitations/userInvitation/registrationreport/score",
    ),
    fields=(
        ERROR,
        Field(xml("/rsp/invitationlist/invitationInfo/subject"), Kind.FREE_TEXT, Treat.KEEP, why=CLOUDS),
        Field(xml("/rsp/invitationlist/invitationInfo/body"), Kind.FREE_TEXT, Treat.KEEP, why=CLOUDS),
        Field(xml("/rsp/invitationlist/invitationInfo/url"), Kind.URL, Treat.KEEP, why=CLOUDS),
        Field(xml("/rsp/invitationlist//email"), Kind.EMAIL, Treat.KEEP, why=CLOUDS),
        Field(xml("/rsp/invitationlist//userInvitation/url"), Kind.URL, Treat.KEEP, why=CLOUDS),
        Field(xml("/rsp/invitationlist//registrationId"), Kind.REGISTRATION, Treat.KEEP, why="made by the cloud"),
        Field(
            xml("/rsp/invitationlist//registrationreport/@regid"),
            Kind.REGISTRATION,
            Treat.KEEP,
            why="made by the cloud",
        ),
    ),
)

STATE = Shape(body=READ, media=XML, keep=(*STATUS, "/rsp/invitationStatus"), fields=(ERROR,))

ROUTES = (
    Route(
        "v1.invitation.create",
        CALL,
        "/",
        when=(("method", "rustici.invitation.createInvitation"),),
        request=CREATE,
        answer=CREATED,
        refuse="invitations",
        signed="v1",
        why="The cloud would mail learners, or ask them for their names.",
    ),
    Route(
        "v1.invitation.create-later",
        CALL,
        "/",
        when=(("method", "rustici.invitation.createInvitationAsync"),),
        request=CREATE,
        answer=CREATED,
        refuse="invitations",
        signed="v1",
        why="As createInvitation.",
    ),
    Route(
        "v1.invitation.one",
        CALL,
        "/",
        when=(("method", "rustici.invitation.getInvitationInfo"),),
        request=ONE,
        answer=INFO,
        refuse="invitations",
        signed="v1",
        why="Addresses of learners, and links that lead around the proxy.",
    ),
    Route(
        "v1.invitation.list",
        CALL,
        "/",
        when=(("method", "rustici.invitation.getInvitationList"),),
        request=Shape(
            body=READ,
            media=FORM,
            one_set=True,
            keys=Keys(named=(*SIGNED, "filter", "coursefilter", "detail")),
            fields=WHO_CALLS,
        ),
        answer=LIST,
        refuse="invitations",
        signed="v1",
        why="As getInvitationInfo.",
    ),
    Route(
        "v1.invitation.state",
        CALL,
        "/",
        when=(("method", "rustici.invitation.getInvitationStatus"),),
        request=ONE,
        answer=STATE,
        refuse="invitations",
        signed="v1",
        why="How far the mailing is.",
    ),
    Route(
        "v1.invitation.change",
        CALL,
        "/",
        when=(("method", "rustici.invitation.changeStatus"),),
        request=ONE,
        answer=STATE,
        refuse="invitations",
        signed="v1",
        why="Opens or closes it.",
    ),
)
