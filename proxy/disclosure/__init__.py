"""Looking a person up by hand: who may, for which reason, how many in an hour, and what is unusual."""

from proxy.disclosure.bell import AlarmBell as AlarmBell
from proxy.disclosure.desk import Disclosure as Disclosure
from proxy.disclosure.model import FIELDS as FIELDS
from proxy.disclosure.model import Approved as Approved
from proxy.disclosure.model import Ask as Ask
from proxy.disclosure.model import Grant as Grant
from proxy.disclosure.model import Reason as Reason
from proxy.disclosure.model import Rules as Rules
from proxy.disclosure.policy import reference as reference
from proxy.disclosure.policy import used as used
from proxy.disclosure.requests import Requests as Requests
