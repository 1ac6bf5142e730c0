"""Entries as others read them: lines of JSON, CSV, OCSF, RFC 5424. Pure, and safe to show: printable ASCII only.

An entry holds short words of ours. But who owns the database can write anything into a row, and such a row must not
take over the terminal, the spreadsheet or the SIEM of the auditor who is about to find it.
"""

from proxy.audit.export.csvlines import csv_head as csv_head
from proxy.audit.export.csvlines import csv_line as csv_line
from proxy.audit.export.csvlines import parse_csv as parse_csv
from proxy.audit.export.jsonlines import json_line as json_line
from proxy.audit.export.jsonlines import moment as moment
from proxy.audit.export.jsonlines import parse_json as parse_json
from proxy.audit.export.ocsf import CLASSES as CLASSES
from proxy.audit.export.ocsf import ocsf_line as ocsf_line
from proxy.audit.export.ocsf import parse_ocsf as parse_ocsf
from proxy.audit.export.plain import plain as plain
from proxy.audit.export.syslog import octets_counted as octets_counted
from proxy.audit.export.syslog import syslog_message as syslog_message
