"""Who was mapped, who was re-identified, what was refused; on disk before the message goes on, and never a value."""

from proxy.audit.events import Event as Event
from proxy.audit.log import AuditLog as AuditLog
from proxy.audit.log import Entry as Entry
