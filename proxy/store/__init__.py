"""Mappings, the audit log, pinned scripts and known packages, on disk before anything that needs them is sent."""

from proxy.store.migrate import upgrade as upgrade
from proxy.store.port import AuditRecord as AuditRecord
from proxy.store.port import Clock as Clock
from proxy.store.port import MappingRecord as MappingRecord
from proxy.store.port import PackageRecord as PackageRecord
from proxy.store.port import PinRecord as PinRecord
from proxy.store.port import Store as Store
from proxy.store.sql import SqlStore as SqlStore
from proxy.store.sql import open_store as open_store
