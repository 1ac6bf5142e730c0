"""Ways to alter bytes, for what must notice every one of them."""

from collections.abc import Iterator


def bits_of(content: bytes) -> Iterator[tuple[int, bytes]]:
    """The content with each of its bits turned, one after another, and the number of the bit."""
    for position in range(len(content) * 8):
        altered = bytearray(content)
        altered[position // 8] ^= 1 << position % 8
        yield position, bytes(altered)
