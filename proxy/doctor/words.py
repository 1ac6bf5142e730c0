"""What the doctor can find: each a word, how grave it is, why it matters, and the step that repairs it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Weight(StrEnum):
    """How grave a finding is."""

    WRONG = "wrong"
    """People or their results go around the proxy, or stand in clear."""
    LOOK = "look"
    """Somebody has to decide whether it may be so."""
    NOTE = "note"
    """Good to know; nothing is to be done."""


@dataclass(frozen=True, slots=True)
class Word:
    """What is to be said of a finding."""

    weight: Weight
    why: str
    repair: str


_WRONG, _LOOK, _NOTE = Weight.WRONG, Weight.LOOK, Weight.NOTE

WORDS: Final[Mapping[str, Word]] = MappingProxyType(
    {
        "goes-around": Word(
            _WRONG,
            "Results are posted to this host directly: pseudonyms arrive there that nobody re-identifies, and every "
            "learner whose id is in clear at the cloud is posted in clear.",
            "Set the same address again through the proxy, as the LMS does it (it is then rewritten), or remove it: "
            "DELETE …/configuration/ApiRollupRegistrationPostBackUrl at this level. In the console: Application or "
            "Course > Properties > Results Postback.",
        ),
        "address-lost": Word(
            _WRONG,
            "Results are posted to a host of this installation, at a place where no mount takes them: they are lost "
            "once the cloud has given up (after 17.5 hours at most).",
            "Set the address again through the proxy. If a mount was renamed or removed, put it back until then.",
        ),
        "comes-here": Word(
            _NOTE,
            "Results are posted to this installation, which knows the address.",
            "Nothing is to be done.",
        ),
        "deeper-than-seen": Word(
            _NOTE,
            "Postbacks carry activities, answers or run-time data, which no audience here may see: they are stripped "
            "on arrival, but travel.",
            "Set resultsFormat to COURSE at this level.",
        ),
        "address-elsewhere": Word(
            _LOOK,
            "This setting holds an address of another host. What the cloud, or a learner's browser, takes there does "
            "not pass the proxy.",
            "Look at what the setting is for. If it leads back to the LMS, let it lead to the proxy; else leave it.",
        ),
        "setting-names-somebody": Word(
            _LOOK,
            "The value of this setting looks like an e-mail address.",
            "If it is a learner's, remove it; staff addresses may stay.",
        ),
        "learner-in-clear": Word(
            _WRONG,
            "Registrations whose learner id is no pseudonym of this installation: made before the proxy, past it, or "
            "by another one. The cloud knows these people, and no result of theirs is re-identified.",
            "See docs/scorm-cloud.md, `People who are there in clear`: rename them, let them run out, or delete them.",
        ),
        "name-in-clear": Word(
            _WRONG,
            "Registrations with a pseudonym and a name that is no alias: it was set in the console, or by a call that "
            "did not pass the proxy.",
            "Set the names through the proxy (POST /learner/{id}/updateInfo), which replaces them by aliases.",
        ),
        "pseudonym-unknown": Word(
            _LOOK,
            "Registrations under pseudonyms that lead to nobody here: people who were forgotten here and not there, "
            "or those of another installation, or of a mapping that was lost.",
            "If they were forgotten: `scormveil people deletions` shows whether the cloud was asked to delete them. "
            "If the mapping was lost: restore a backup (docs/stores.md).",
        ),
        "email-at-cloud": Word(
            _WRONG,
            "Registrations with a learner's e-mail address. The cloud makes a website user of each such address, "
            "which no call can change or remove.",
            'Empty it: POST /learner/{id}/updateInfo with "email": "". Remove the website user in the console '
            "(People).",
        ),
        "registration-names-somebody": Word(
            _LOOK,
            "Registration ids that look like e-mail addresses. A registration cannot be renamed.",
            'Leave registration_ids at "identifying", so that new ones become pseudonyms. Delete the old ones when '
            "their results are no longer needed, or keep them and know it.",
        ),
        "hash-user-info": Word(
            _LOOK,
            "The browser sends unsalted SHA-256 hashes of id and names. They can be guessed, and a dispatch that "
            "sends them gives the proxy nothing to re-identify.",
            'Switch it off: POST …/hashUserInfo {"enabled": false}; the proxy\'s pseudonyms do better.',
        ),
        "lti13": Word(
            _WRONG,
            "LTI 1.3 launches carry a signed token from the other platform straight to the cloud, names included. "
            "It cannot be rewritten without the platform's key.",
            "Hand out the dispatch as a package or by LTI 1.1 instead, and remove the LTI 1.3 data of the destination.",
        ),
        "bound-to-browser": Word(
            _LOOK,
            "Launches are bound to the browser's address or fingerprint. The cloud sees the proxy's.",
            "Switch ipAddress and fingerprint off in the launchAuth of the destination if launches are refused.",
        ),
        "dispatch-postbacks-unseen": Word(
            _LOOK,
            "The API tells of no dispatch where its results go. An address that was set before the proxy came still "
            "goes around it, for registrations that exist, too.",
            "Set it once more through the proxy: PUT /dispatch/dispatches/{id} with postBack, or remove it with "
            "DELETE /dispatch/dispatches/{id}/postback. It is in the console, too.",
        ),
        "private-invitations": Word(
            _WRONG,
            "The cloud mails these people by itself: their addresses stand there in clear, and it sees them come.",
            "Delete the invitation when it has run out; invite by the LMS, and let it create registrations through "
            "the proxy.",
        ),
        "public-invitations": Word(
            _WRONG,
            "The cloud asks whoever comes for name and e-mail address, on a page of its own.",
            'Close it: PUT /invitations/public/{id} with "allowNewRegistrations": false, then delete it.',
        ),
        "statement-pipe": Word(
            _WRONG,
            "xAPI statements are pushed to this host past the proxy, with whatever actors they have.",
            "Delete the pipe: DELETE /xapi/statementPipes/{id}; read statements through the proxy instead.",
        ),
        "xapi-credential": Word(
            _LOOK,
            "Whoever has this credential reads or writes statements at the cloud directly, past the proxy.",
            "Disable it (PUT /xapi/credentials/{id}) unless you know who uses it and that no learner is named.",
        ),
        "exception": Word(
            _LOOK,
            "The configuration of this mount allows something that the defaults refuse.",
            "Remove the setting unless you need it; docs/operations.md says what it costs.",
        ),
        "audience": Word(
            _NOTE,
            "Who reads here sees people, or details, or neither.",
            "Nothing is to be done if that is what you mean.",
        ),
        "application-unknown": Word(
            _LOOK,
            "An application of the account that no mount here stands for: what it holds of people is not looked at, "
            "and erasing somebody here does not reach it.",
            "If learners are in it, give it a mount with its own credential; else leave it.",
        ),
        "delete-not-allowed": Word(
            _LOOK,
            "The mount allows erasing at the cloud, and the application does not: every deletion will be refused.",
            'Allow it: PUT /appManagement/applications/{id} with "allowDelete": true, or in the console.',
        ),
        "not-asked": Word(
            _LOOK,
            "This mount has no credential of its own, so its application could not be looked at.",
            "Give it a [mounts.credential]. Until then: nobody here knows where its results go.",
        ),
        "clock": Word(
            _WRONG,
            "This machine's clock and the cloud's differ. Signed V1 calls are refused from fifteen minutes on, and "
            "tokens expire at the wrong time.",
            "Synchronise the clock (timedatectl set-ntp true).",
        ),
        "not-encrypted": Word(
            _WRONG,
            "The way to this host is not encrypted: the credential, and everything else, can be read on it.",
            "Use an https address in `upstream`.",
        ),
        "keys": Word(
            _WRONG,
            "The keyring or a store does not open: nothing is served.",
            "See `scormveil store status` and the code in the table of docs/operations.md.",
        ),
    }
)
