"""Invitations: the cloud mails people itself, or asks them for name and address on a page of its own.

No pseudonym can stand there, so what makes or changes them is refused unless the mount makes an exception. What exists
may be read: it is there already.
"""

from proxy.adapters.cloud_v2.shapes import (
    DONE,
    FILTER,
    LIST,
    MORE,
    NOTHING,
    STAFF,
    TAG_BATCH,
    TAG_LIST,
    TAGS_OF_THINGS,
    TAGS_SHOWN,
)
from proxy.fields import Field, Kind, Route, Treat, below, inside, json, plain, query, shows, takes

SUMMARY = ("/id", "/courseId", "/isPublic", "/createDate", "/updated")
COMMON = (
    "/id",
    "/courseId",
    "/courseTitle",
    "/allowLaunch",
    "/createDate",
    "/updated",
    "/postBack",
    "/expirationDate",
    "/registrationCount",
)
PRIVATE = (*COMMON, "/invitationEmail", "/launchedRegistrationCount")
PUBLIC = (*COMMON, "/allowNewRegistrations", "/url", "/registrationCap")
POSTED = (Field(json("/postBack"), Kind.URL, Treat.POSTBACK),)

MAIL = Field(
    json("/invitationEmail/**"), Kind.EMAIL, Treat.KEEP, why="the exception says so: addresses and mail texts LEAVE"
)
MAKER = Field(json("/creatingUserEmail"), Kind.EMAIL, Treat.KEEP, why=STAFF)
TAGS = Field(json("/tags/*"), Kind.FREE_TEXT, Treat.KEEP, why="tags of the invitation")
NEW = (Field(json("/postBack"), Kind.URL, Treat.POSTBACK, level="invitation"),)
CHANGED = (Field(json("/postBack"), Kind.URL, Treat.POSTBACK, level="invitation", level_of=("invitationId",)),)

COUNTED = plain(query("includeRegistrationCount"))
ASKED = takes(
    keys=("courseId",),
    fields=(*LIST, *COUNTED, FILTER, TAGS_OF_THINGS, MORE),
)
GUESTS_ASKED = takes(keys=("includeRegistrationReport",), fields=(*LIST, FILTER, MORE))
GUESTS = shows("/more", "/userInvitations")
COUNT = takes(fields=COUNTED)

I1 = "/invitations/{invitationId}"

ROUTES = (
    Route(
        "cloud.invitations",
        ("GET",),
        "/invitations",
        request=ASKED,
        answer=shows("/more", *below("/invitations/*", SUMMARY)),
        why="GetAllInvitations",
    ),
    Route("cloud.invitations.tags", ("PUT",), "/invitations/tags", request=TAG_BATCH, answer=DONE, why="several"),
    Route(
        "cloud.invitations.private",
        ("GET",),
        "/invitations/private",
        request=ASKED,
        answer=shows("/more", *below("/invitations/*", PRIVATE), fields=inside("/invitations/*", POSTED)),
        why="GetPrivateInvitations",
    ),
    Route(
        "cloud.invitation.private.create",
        ("POST",),
        "/invitations/private",
        request=takes(
            "/courseId",
            "/creatingUserEmail",
            "/invitationEmail/**",
            "/postBack",
            "/expirationDate",
            "/tags/*",
            "/duplicateRegistrationOption",
            fields=(MAIL, MAKER, TAGS, *NEW),
        ),
        answer=shows(*SUMMARY),
        refuse="invitations",
        why="CreatePrivateInvitation. The cloud mails every learner it is given.",
    ),
    Route(
        "cloud.invitation.private",
        ("GET",),
        "/invitations/private/{invitationId}",
        request=COUNT,
        answer=shows(*PRIVATE, fields=POSTED),
        why="GetPrivateInvitation",
    ),
    Route(
        "cloud.invitation.private.update",
        ("PUT",),
        "/invitations/private/{invitationId}",
        request=takes("/allowLaunch", "/invitationEmail/**", "/postBack", "/expirationDate", fields=(MAIL, *CHANGED)),
        answer=shows(*PRIVATE, fields=POSTED),
        refuse="invitations",
        why="UpdatePrivateInvitation",
    ),
    Route(
        "cloud.invitation.private.job",
        ("GET",),
        "/invitations/private/{invitationId}/jobStatus",
        request=NOTHING,
        answer=shows("/status", "/errors/*", "/total", "/processed"),
        why="GetPrivateInvitationJobStatus",
    ),
    Route(
        "cloud.invitation.private.guests",
        ("GET",),
        "/invitations/private/{invitationId}/userInvitations",
        request=GUESTS_ASKED,
        answer=GUESTS,
        refuse="invitations",
        why="GetPrivateUserInvitations: people whom the cloud knows by their addresses",
    ),
    Route(
        "cloud.invitations.public",
        ("GET",),
        "/invitations/public",
        request=ASKED,
        answer=shows("/more", *below("/invitations/*", PUBLIC), fields=inside("/invitations/*", POSTED)),
        why="GetPublicInvitations",
    ),
    Route(
        "cloud.invitation.public.create",
        ("POST",),
        "/invitations/public",
        request=takes(
            "/courseId",
            "/creatingUserEmail",
            "/registrationCap",
            "/postBack",
            "/expirationDate",
            "/tags/*",
            fields=(MAKER, TAGS, *NEW),
        ),
        answer=shows(*PUBLIC, fields=POSTED),
        refuse="invitations",
        why="CreatePublicInvitation. The cloud asks whoever comes for name and address.",
    ),
    Route(
        "cloud.invitation.public",
        ("GET",),
        "/invitations/public/{invitationId}",
        request=COUNT,
        answer=shows(*PUBLIC, fields=POSTED),
        why="GetPublicInvitation",
    ),
    Route(
        "cloud.invitation.public.update",
        ("PUT",),
        "/invitations/public/{invitationId}",
        request=takes(
            "/allowLaunch",
            "/allowNewRegistrations",
            "/postBack",
            "/expirationDate",
            "/registrationCap",
            fields=CHANGED,
        ),
        answer=shows(*PUBLIC, fields=POSTED),
        refuse="invitations",
        why="UpdatePublicInvitation",
    ),
    Route(
        "cloud.invitation.public.guests",
        ("GET",),
        "/invitations/public/{invitationId}/userInvitations",
        request=GUESTS_ASKED,
        answer=GUESTS,
        refuse="invitations",
        why="GetPublicUserInvitations",
    ),
    Route("cloud.invitation.tags", ("GET",), f"{I1}/tags", request=NOTHING, answer=TAGS_SHOWN, why="its tags"),
    Route(
        "cloud.invitation.tags.change", ("PUT", "DELETE"), f"{I1}/tags", request=TAG_LIST, answer=DONE, why="its tags"
    ),
)
