"""People to pseudonyms and back, in batches; the only room that holds keys and store together."""

from proxy.identity.aliases import DOMAIN as DOMAIN
from proxy.identity.aliases import HOME_PAGE as HOME_PAGE
from proxy.identity.aliases import outward_text as outward_text
from proxy.identity.disclosure import in_clear as in_clear
from proxy.identity.likeness import bears as bears
from proxy.identity.likeness import check_sought as check_sought
from proxy.identity.model import Context as Context
from proxy.identity.model import Sighting as Sighting
from proxy.identity.normalize import address_parts as address_parts
from proxy.identity.normalize import identifiers_of as identifiers_of
from proxy.identity.normalize import identify as identify
from proxy.identity.normalize import mbox_sha1 as mbox_sha1
from proxy.identity.records import Known as Known
from proxy.identity.records import Records as Records
from proxy.identity.records import Renew as Renew
from proxy.identity.records import key_errors as key_errors
from proxy.identity.service import IdentityService as IdentityService
