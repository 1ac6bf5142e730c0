"""The rewriting engine: finds declared values in messages and puts others in their place. Pure; no keys, no I/O."""

from proxy.rewrite.addresses import AddressBook as AddressBook
from proxy.rewrite.addresses import AddressStream as AddressStream
from proxy.rewrite.allowlist import check_request as check_request
from proxy.rewrite.allowlist import json_places as json_places
from proxy.rewrite.allowlist import keep_only as keep_only
from proxy.rewrite.allowlist import texts_beside as texts_beside
from proxy.rewrite.allowlist_xml import keep_only_xml as keep_only_xml
from proxy.rewrite.carriers.base import Raw as Raw
from proxy.rewrite.carriers.multipart import texts_of_upload as texts_of_upload
from proxy.rewrite.encoding import BodyDecoder as BodyDecoder
from proxy.rewrite.encoding import decode_body as decode_body
from proxy.rewrite.encoding import encode_body as encode_body
from proxy.rewrite.engine import Found as Found
from proxy.rewrite.engine import carrier_of as carrier_of
from proxy.rewrite.engine import find as find
from proxy.rewrite.engine import put as put
from proxy.rewrite.freetext import contains_identity as contains_identity
from proxy.rewrite.freetext import replace_identities as replace_identities
from proxy.rewrite.listing import Listing as Listing
from proxy.rewrite.listing import Part as Part
from proxy.rewrite.listing import Piece as Piece
from proxy.rewrite.plan import check_shape as check_shape
from proxy.rewrite.selectors import Selector as Selector
from proxy.rewrite.xml_list import list_in as list_in
