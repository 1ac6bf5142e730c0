"""What is held and was sent about one person, made readable: from the JSON of a report to a page and to a print.

Pure but for the template and the fonts that ship with packages: no store, no clock, no network.
"""

from proxy.dossier.content import blocks as blocks
from proxy.dossier.page import page as page
from proxy.dossier.pdf import available as available
from proxy.dossier.pdf import printed as printed
from proxy.dossier.summary import sent as sent
