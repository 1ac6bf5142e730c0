"""Tells where requests come from without saying it: a keyed digest of the client's address, of use to this process.

The key is drawn at the start and kept nowhere, so a digest in the audit log leads back to no address, and two starts
have different ones. An IPv6 source is its /64 (RFC 6177: what one site has at least), or one household had 2^64;
and after a dot its /48, which is what one site has at most, or one with 65,536 networks would be as many strangers.
"""

import hashlib
import ipaddress
from collections.abc import Sequence

_DIGEST_BYTES = 5
_V6_BITS = (64, 48)
_REMEMBERED = 4096
_LONGEST = 256
"""Of a field that is longer, and that a stranger may have written, nothing is kept."""
_NOBODY = "unknown"

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Sources:
    """See the module. `field` is the header in which one of `trusted` networks says for whom it asks; "" is none."""

    def __init__(self, key: bytes, field: str = "", trusted: Sequence[str] = ()) -> None:
        """Remember whose word is taken."""
        self._key = key
        self.field = field
        self._met: dict[tuple[str, ...], str] = {}
        self._trusted = [ipaddress.ip_network(one) for one in trusted]

    def of(self, peer: str, said: Sequence[str]) -> str:
        """Digest the address of whoever is behind `peer`, as the header fields `said` have it, nearest last.

        Each trusted hop is asked for the one before it. What is no address is not believed.
        """
        if sum(map(len, said)) > _LONGEST:
            return self._digest(self._client(peer, said))
        asked = (peer, *said)
        known = self._met.get(asked)
        if known is None:
            if len(self._met) >= _REMEMBERED:
                self._met.clear()
            known = self._met[asked] = self._digest(self._client(peer, said))
        return known

    def _client(self, peer: str, said: Sequence[str]) -> _Address | None:
        client = _address(peer)
        for text in reversed([one for line in said for one in line.split(",")] if self.field else []):
            if client is None or not self._trusts(client):
                break
            before = _address(text)
            if before is None:
                break
            client = before
        return client

    def _trusts(self, address: _Address) -> bool:
        return any(address in network for network in self._trusted)

    def _digest(self, address: _Address | None) -> str:
        if address is None:
            return _NOBODY
        lengths = _V6_BITS if isinstance(address, ipaddress.IPv6Address) else (address.max_prefixlen,)
        networks = (ipaddress.ip_network((address, bits), strict=False) for bits in lengths)
        return ".".join(
            hashlib.blake2b(
                one.network_address.packed, key=self._key, digest_size=_DIGEST_BYTES, salt=bytes([one.prefixlen])
            ).hexdigest()
            for one in networks
        )


def _address(text: str) -> _Address | None:
    """An address, also with a port or in brackets; IPv4 in IPv6 is IPv4 (RFC 4291 section 2.5.5.2)."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found
