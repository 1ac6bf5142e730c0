"""The house's own work: newer keyrings, re-sealing, re-indexing, forgetting. Nothing here waits for a message."""

from proxy.upkeep.approval import Approvals as Approvals
from proxy.upkeep.forgetting import Forgetting as Forgetting
from proxy.upkeep.house import Housekeeping as Housekeeping
from proxy.upkeep.house import Worker as Worker
from proxy.upkeep.importing import Importing as Importing
from proxy.upkeep.journal import Journal as Journal
from proxy.upkeep.office import Office as Office
from proxy.upkeep.renewal import Renewal as Renewal
from proxy.upkeep.schedule import Schedule as Schedule
from proxy.upkeep.survey import Survey as Survey
