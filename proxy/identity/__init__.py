"""People to pseudonyms and back, in batches; the only room that holds keys and store together."""

from proxy.identity.model import Context as Context
from proxy.identity.model import Sighting as Sighting
from proxy.identity.service import IdentityService as IdentityService
