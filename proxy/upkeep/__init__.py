"""The house's own work: newer keyrings, re-sealing, re-indexing, forgetting. Nothing here waits for a message."""

from proxy.upkeep.approval import Approvals as Approvals
from proxy.upkeep.barrier import Barrier as Barrier
from proxy.upkeep.changes import Changes as Changes
from proxy.upkeep.deleting import Deleters as Deleters
from proxy.upkeep.deleting import FollowDeletions as FollowDeletions
from proxy.upkeep.deleting import ask_again as ask_again
from proxy.upkeep.deleting import close_by_hand as close_by_hand
from proxy.upkeep.forgetting import Forgetting as Forgetting
from proxy.upkeep.house import Housekeeping as Housekeeping
from proxy.upkeep.house import Worker as Worker
from proxy.upkeep.importing import Importing as Importing
from proxy.upkeep.journal import Journal as Journal
from proxy.upkeep.migration import Migration as Migration
from proxy.upkeep.migration import Report as Report
from proxy.upkeep.moving import Moved as Moved
from proxy.upkeep.moving import Mover as Mover
from proxy.upkeep.office import Office as Office
from proxy.upkeep.opening import open_each as open_each
from proxy.upkeep.renewal import Renewal as Renewal
from proxy.upkeep.retiring import Held as Held
from proxy.upkeep.retiring import Retired as Retired
from proxy.upkeep.retiring import Retiring as Retiring
from proxy.upkeep.schedule import Schedule as Schedule
from proxy.upkeep.survey import Survey as Survey
