"""Invitations: the cloud itself mails people, or asks them for name and address on its own page.

Everybody invited becomes a registration whose learner id is the address (an inference).
"""

import uuid
from collections.abc import Iterable

from proxy.demo.cloud.model import Learner
from proxy.demo.cloud.realm import App, Guest, Invitation, Mail
from proxy.demo.cloud.site import Site

_ADDRESS = "@"


def invite(site: Site, app: App, invitation: Invitation, addresses: Iterable[str], duplicates: str) -> None:
    """Mail a personal link to each address. `duplicates` says what happens to whom was invited to the course before."""
    known = {
        guest.email: guest
        for each in app.invitations.values()
        if each.course == invitation.course
        for guest in each.guests
    }
    for address in addresses:
        before = known.get(address)
        if _ADDRESS not in address:
            invitation.errors.append(f"[{address}] is no address.")
            continue
        if before is not None and duplicates == "FAIL":
            invitation.errors.append(f"[{address}] has been invited before.")
            continue
        old = app.books.registration(before.registration) if before is not None else None
        if old is not None and duplicates == "INSTANCE_EXISTING":
            app.books.next_instance(old)
        fresh = old is None or duplicates == "CREATE_NEW"
        guest = _guest(site, app, invitation, address, registration="" if fresh or old is None else old.id)
        subject, body = invitation.mail.get("subject", ""), invitation.mail.get("body", "")
        text = f"{body}\n{link(site, guest)}".replace("[USER]", address).replace("[LINK]", link(site, guest))
        site.realm.mails.append(Mail(address, subject, text))


def accept(site: Site, app: App, invitation: Invitation, email: str, *, first: str, last: str) -> Guest | None:
    """Somebody opened a public invitation and said who she is; None if it takes no more people."""
    full = 0 < invitation.cap <= len(invitation.guests)
    if full or not invitation.allow_new or not invitation.allow_launch:
        return None
    return _guest(site, app, invitation, email, first=first, last=last)


def _guest(
    site: Site, app: App, invitation: Invitation, email: str, *, registration: str = "", first: str = "", last: str = ""
) -> Guest:
    course = app.books.courses.latest(invitation.course)
    if not registration and course is not None:
        made = app.books.register(str(uuid.uuid4()), course, Learner(email, first, last, email))
        made.invitation, made.settings = invitation.id, dict(invitation.settings)
        registration = made.id
        site.realm.users.add(email)
    guest = Guest(email, uuid.uuid4().hex, registration, site.clock())
    invitation.guests.append(guest)
    return guest


def link(site: Site, guest: Guest) -> str:
    """The personal link of somebody invited."""
    return f"{site.origin}/api/cloud/invitation/launch/{guest.token}"


def public_link(site: Site, invitation: Invitation) -> str:
    """The link of a public invitation."""
    return f"{site.origin}/api/cloud/invitation/public/{invitation.id}"
