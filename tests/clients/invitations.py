"""Calls about invitations: the cloud itself mails or asks people, which no proxy can do for it."""

from datetime import UTC, datetime

import rustici_software_cloud_v2 as sc

from tests.clients import tags
from tests.clients.account import filters
from tests.clients.courses import COURSE
from tests.clients.planted import LI, SEAN, ZOE
from tests.clients.registrations import post_back
from tests.clients.scene import Step

LATER = datetime(2031, 1, 1, tzinfo=UTC)


def steps():
    """All of them; invitations cannot be deleted."""
    return [*_private(), *_public(), *_all()]


def _addresses(scene):
    return [ZOE.email, "nobody"] if "mail" in scene.planting.classes else ["somebody@uni.example", "nobody"]


def _private():
    one = lambda s: {"invitation_id": s.get("private")}  # noqa: E731
    every = {"include_registration_count": True}
    mail = lambda s, kind, **more: kind(  # noqa: E731
        subject=s.planting.text("mail"), body=f"<p>{s.planting.text('mail', SEAN)}</p>", **more
    )
    return [
        Step(
            "CreatePrivateInvitation",
            lambda s: {
                "body": sc.CreatePrivateInvitationSchema(
                    course_id=COURSE,
                    creating_user_email=s.owner,
                    invitation_email=mail(s, sc.InvitationEmailSchema, addresses=_addresses(s)),
                    post_back=post_back(s, ZOE),
                    expiration_date=LATER,
                    tags=[s.planting.tag()],
                    duplicate_registration_option="CREATE_NEW",
                )
            },
            lambda a, s: (a.course_id, a.is_public) == (COURSE, False),
            keep="private",
            of=lambda a: a.id,
        ),
        Step(
            "UpdatePrivateInvitation",
            lambda s: (
                one(s)
                | {
                    "body": sc.PrivateInvitationUpdateSchema(
                        allow_launch=True,
                        invitation_email=mail(s, sc.InvitationEmailUpdateSchema),
                        post_back=post_back(s, SEAN),
                        expiration_date=LATER,
                    )
                }
            ),
            lambda a, s: a.post_back.url == s.planting.postback_url(SEAN),
        ),
        Step(
            "GetPrivateInvitation",
            lambda s: one(s) | every,
            lambda a, s: (
                (a.course_id, a.registration_count, a.post_back.user_name) == (COURSE, 1, "hook")
                and a.invitation_email.addresses == _addresses(s)
            ),
        ),
        Step("GetPrivateInvitations", lambda s: filters(s, tags=[s.planting.tag()], **every)),
        Step(
            "GetPrivateInvitations",
            lambda s: {"course_id": COURSE, **every},
            lambda a, s: [each.id for each in a.invitations] == [s.get("private")],
        ),
        Step(
            "GetPrivateInvitationJobStatus",
            one,
            lambda a, s: (a.status, a.total, len(a.errors)) == ("COMPLETE", 2, 1),
        ),
        Step("GetPrivateUserInvitations", lambda s: one(s) | filters(s)),
        Step(
            "GetPrivateUserInvitations",
            lambda s: one(s) | {"include_registration_report": True},
            lambda a, s: (
                [each.email for each in a.user_invitations] == _addresses(s)[:1]
                and a.user_invitations[0].registration_report.complete
            ),
        ),
    ]


def _public():
    one = lambda s: {"invitation_id": s.get("public")}  # noqa: E731
    every = {"include_registration_count": True}
    return [
        Step(
            "CreatePublicInvitation",
            lambda s: {
                "body": sc.CreatePublicInvitationSchema(
                    course_id=COURSE,
                    creating_user_email=s.owner,
                    registration_cap=10,
                    post_back=post_back(s, LI),
                    expiration_date=LATER,
                    tags=[s.planting.tag()],
                )
            },
            lambda a, s: a.url and a.post_back.url == s.planting.postback_url(LI),
            keep="public",
            of=lambda a: a.id,
        ),
        Step(
            "UpdatePublicInvitation",
            lambda s: (
                one(s)
                | {
                    "body": sc.PublicInvitationUpdateSchema(
                        allow_launch=True,
                        allow_new_registrations=True,
                        post_back=post_back(s, ZOE),
                        registration_cap=20,
                    )
                }
            ),
            lambda a, s: a.registration_cap == 20,
        ),
        Step(
            "GetPublicInvitation",
            lambda s: one(s) | every,
            lambda a, s: a.post_back.url == s.planting.postback_url(ZOE),
        ),
        Step("GetPublicInvitations", lambda s: filters(s, tags=[s.planting.tag()], **every)),
        Step(
            "GetPublicInvitations",
            lambda s: {"course_id": COURSE},
            lambda a, s: [each.id for each in a.invitations] == [s.get("public")],
        ),
        Step("GetPublicUserInvitations", lambda s: one(s) | filters(s)),
        Step(
            "GetPublicUserInvitations",
            lambda s: one(s) | {"include_registration_report": True},
            before=lambda s: s.accept(s.get("public")),
        ),
    ]


def _all():
    return [
        Step("GetAllInvitations", lambda s: filters(s, tags=[s.planting.tag()])),
        Step(
            "GetAllInvitations",
            lambda s: {"course_id": COURSE, "include_total_count": True},
            lambda a, s: {each.id for each in a.invitations} >= {s.get("private"), s.get("public")} - {"not-made"},
        ),
        *tags.steps("Invitation", "invitation_id", lambda s: s.get("public"), people=(ZOE, LI)),
    ]
