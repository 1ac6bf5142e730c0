"""What scormveil itself asks of the cloud, in no learner's name: which registrations a pseudonym has, and to rename it.

Only pseudonyms and aliases leave, and the guard looks at the final bytes of each call as it does at everybody's.
"""

from proxy.cloud.application import Application as Application
from proxy.cloud.application import Outcome as Outcome
from proxy.cloud.application import Renaming as Renaming
from proxy.cloud.client import CloudClient as CloudClient
from proxy.cloud.client import LearnerUpdate as LearnerUpdate
from proxy.cloud.client import Registration as Registration
from proxy.cloud.deleting import Asked as Asked
from proxy.cloud.deleting import Deleter as Deleter
from proxy.cloud.login import AppLogin as AppLogin
from proxy.cloud.ports import Answer as Answer
from proxy.cloud.ports import Outlet as Outlet
from proxy.cloud.reading import PACE as PACE
from proxy.cloud.reading import Reader as Reader
from proxy.cloud.reading import Rows as Rows
from proxy.cloud.reading import part as part
from proxy.cloud.v1 import V1Client as V1Client
