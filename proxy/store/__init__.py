"""Mappings, the audit log, pinned scripts, known packages; and, in another place, the data keys of people.

What a caller was told is written is on disk.
"""

from proxy.store.migrate import KEYSTORE as KEYSTORE
from proxy.store.migrate import MAPPING as MAPPING
from proxy.store.migrate import revisions as revisions
from proxy.store.migrate import upgrade as upgrade
from proxy.store.moves_port import Moves as Moves
from proxy.store.port import Admission as Admission
from proxy.store.port import AuditQuery as AuditQuery
from proxy.store.port import AuditRecord as AuditRecord
from proxy.store.port import AuditRow as AuditRow
from proxy.store.port import Clock as Clock
from proxy.store.port import Covering as Covering
from proxy.store.port import Erasure as Erasure
from proxy.store.port import KeyStore as KeyStore
from proxy.store.port import Ledger as Ledger
from proxy.store.port import LogPlace as LogPlace
from proxy.store.port import LookupRecord as LookupRecord
from proxy.store.port import MappingRecord as MappingRecord
from proxy.store.port import MoveRecord as MoveRecord
from proxy.store.port import Newcomer as Newcomer
from proxy.store.port import PackageRecord as PackageRecord
from proxy.store.port import PersonKeyRecord as PersonKeyRecord
from proxy.store.port import PinRecord as PinRecord
from proxy.store.port import Promise as Promise
from proxy.store.port import PseudonymRecord as PseudonymRecord
from proxy.store.port import Pulse as Pulse
from proxy.store.port import Span as Span
from proxy.store.port import Store as Store
from proxy.store.postbacks_port import Delivery as Delivery
from proxy.store.postbacks_port import PostbackRecord as PostbackRecord
from proxy.store.postbacks_port import Postbacks as Postbacks
from proxy.store.sql import SqlStore as SqlStore
from proxy.store.sql import open_store as open_store
from proxy.store.sql_keystore import SqlKeyStore as SqlKeyStore
from proxy.store.sql_keystore import open_keystore as open_keystore
from proxy.store.upkeep_port import Upkeep as Upkeep
