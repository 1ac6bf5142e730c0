"""Documents of any type: whether they can be read as text, so that the guard can look into them."""

import re
from contextlib import suppress

from proxy.errors import UnreadableBody
from proxy.rewrite.carriers.json_scan import Scan

_UTF8 = frozenset({"", "utf-8", "utf8", "us-ascii", "ascii"})
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def is_readable(body: bytes, media: str, charset: str) -> bool:
    """Tell whether bytes are text; by what they are, for many clients call everything application/octet-stream.

    What calls itself JSON and is none is read as text: nothing of it is rewritten, and stores take it. Raises
    UnreadableBody for what calls itself JSON or text and is in another encoding than UTF-8.
    """
    is_json = media == "application/json" or media.endswith("+json")
    claims = is_json or media.startswith("text/") or media.endswith("+xml")
    if claims and charset not in _UTF8:
        raise UnreadableBody("charset")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        if claims:
            raise UnreadableBody("not-utf-8") from None
        return False
    with suppress(UnreadableBody):
        if is_json:
            Scan(text, lenient=False).run(None)
            return True
    if text.startswith("\ufeff"):
        raise UnreadableBody("byte-order-mark")
    return _CONTROL.search(text) is None
