"""An example of a program that keeps a key-encryption key: `keeper.py FILE`, with 32 bytes in hexadecimal in FILE.

One request a run; see keys/kek/command.py for the protocol. It shares no line with the product.
"""

import base64
import json
import os
import sys
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def answer(request, key_file):
    """The reply to one request."""
    try:
        key = AESGCM(bytes.fromhex(Path(key_file).read_text(encoding="ascii")))
    except OSError:
        return {"error": "unavailable"}
    data, bind = (base64.b64decode(request[name], validate=True) for name in ("data", "bind"))
    if request["op"] == "wrap":
        nonce = os.urandom(12)
        return {"data": base64.b64encode(nonce + key.encrypt(nonce, data, bind)).decode()}
    try:
        return {"data": base64.b64encode(key.decrypt(data[:12], data[12:], bind)).decode()}
    except (InvalidTag, ValueError):
        return {"error": "wrong-key"}


if __name__ == "__main__":
    print(json.dumps(answer(json.loads(sys.stdin.readline()), sys.argv[1])))
