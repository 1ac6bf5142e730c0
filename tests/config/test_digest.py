"""The digest of a configuration: the same for the same settings, another one for any change."""

import re

from proxy.config import digest_of
from proxy.config.load import parse

MOUNT = """
[[mounts]]
name = "dispatch"
adapter = "dispatch"
tenant = "uni"
public = "https://learning.example.org"
upstream = "https://cloud.scorm.com"
lms_origins = ["https://lms.example.org"]
"""


def test_the_same_settings_have_the_same_digest_however_they_are_written():
    first = digest_of(parse(MOUNT))
    assert re.fullmatch("[0-9a-f]{16}", first)
    assert digest_of(parse("# a comment\n" + MOUNT.replace(" = ", "="))) == first
    assert digest_of(parse(MOUNT + '[mounts.policy]\nguard = "refuse"\n')) == first, "a default that is written out"


def test_any_change_gives_another():
    made = {
        digest_of(parse(text))
        for text in (
            MOUNT,
            MOUNT.replace('"uni"', '"staff"'),
            MOUNT + '[mounts.policy]\nguard = "report"\n',
            "[audit]\nseconds = 30\n" + MOUNT,
            '[keys.officers]\nanna = "ed25519:Hoh++sKMeFcasjyrpcyFIE2zH8nVmIkh7LwVzcCWJlU="\n' + MOUNT,
        )
    }
    assert len(made) == 5
