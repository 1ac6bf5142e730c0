"""A long list in an XML document, cut into its elements, so that they can be handled in batches."""

from collections.abc import Iterator

from proxy.errors import UnreadableBody
from proxy.rewrite.carriers.xml import MARKUP, local_name


def list_in(text: str, selector: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of a document whose list stands at `selector` (`/rsp/list/element`).

    First what is before its first element, then each child of the list with what is before it, last the rest. A
    document without the list, or with an empty one, is one span. Nothing is checked but that tags are tags: each part
    is still to be read as XML, inside of the first and last span. Raises UnreadableBody.
    """
    path = selector.strip("/").split("/")
    depth = inside = start = 0
    position = -1
    while (position := text.find("<", position + 1)) >= 0:
        found = MARKUP.match(text, position)
        if found is None:
            raise UnreadableBody("not-xml")
        position = found.end() - 1
        if found["open"]:
            child = start > 0 and depth == len(path) - 1
            if not start and inside == depth < len(path) - 1 and local_name(found["open"]) == path[depth]:
                inside += 1
                if inside == len(path) - 1 and not found["empty"]:
                    start = found.end()
                    yield 0, start
            if child and found["empty"]:
                yield start, found.end()
                start = found.end()
            depth += not found["empty"]
        elif found["close"]:
            depth -= 1
            if depth < 0:
                raise UnreadableBody("not-xml")
            inside = min(inside, depth)
            if start and depth == len(path) - 1:
                yield start, found.end()
                start = found.end()
            elif start and depth < len(path) - 1:
                break
    yield start, len(text)
