"""Backups of the two stores: made while nodes serve, verified, restored without bringing anybody back. Blocks."""

from proxy.backup.check import Gist as Gist
from proxy.backup.contents import KEYS_KIND as KEYS_KIND
from proxy.backup.contents import MAPPING_KIND as MAPPING_KIND
from proxy.backup.files import Pruned as Pruned
from proxy.backup.files import destroy as destroy
from proxy.backup.files import expired_in as expired_in
from proxy.backup.files import remove_leftovers as remove_leftovers
from proxy.backup.lost import Lost as Lost
from proxy.backup.make import Order as Order
from proxy.backup.make import make_keys as make_keys
from proxy.backup.make import make_mapping as make_mapping
from proxy.backup.opening import Tried as Tried
from proxy.backup.restore import Here as Here
from proxy.backup.restore import Outcome as Outcome
from proxy.backup.restore import Restore as Restore
from proxy.backup.restore import Wish as Wish
from proxy.backup.restore import verify as verify
