"""What a recorded launch would meet here: a HAR file, walked through the corridor with nobody on the other side."""

from proxy.trace.har import Recorded as Recorded
from proxy.trace.har import entries as entries
