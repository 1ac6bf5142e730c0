"""Lists: filters, order, pages. One way for all of them.

`more` goes alone: with it no other filter may be sent. `includeTotalCount` adds `X-Total-Count` to the first page only.
`filter` finds a text inside the field `filterBy` names. The words of `filterBy` and `orderBy` are not in the client;
the ones here are snake case with `_asc` or `_desc`, an inference from the default `registration_id`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from proxy.demo.cloud.v2.calling import Answer, Call, Refused, moment

_TOTAL = "X-Total-Count"


@dataclass(frozen=True)
class Kind:
    """How one kind of row is listed. `fields` give texts to filter and order by, the first is the default.

    `stamps` are the moments that `datetimeFilter` may name (seconds), the first is the default. `exact` are parameters
    that must equal a field. `tags` gives a row's tags.
    """

    name: str
    fields: Mapping[str, Callable[[Any], Any]]
    stamps: Mapping[str, Callable[[Any], float]]
    exact: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    tags: Callable[[Any], Sequence[str]] | None = None


def matching(call: Call, kind: Kind, rows: Sequence[Any]) -> list[Any]:
    """The rows that the filters of the query leave, in the order of the list."""
    return _filtered(call.query, kind, rows)


def filters(call: Call, kind: Kind) -> bool:
    """Whether the query names any filter at all."""
    names = {"since", "until", "tags", "filter", *kind.exact}
    return any(call.query.get(name) for name in names)


def page(call: Call, kind: Kind, rows: Sequence[Any], make: Callable[[Any], Any]) -> Answer:
    """The page of a list that a call asks for."""
    query, begin = dict(call.query), 0
    if "more" in query:
        query, begin = _continued(call, kind)
    found = _ordered(query, kind, _filtered(query, kind, rows))
    end = begin + call.site.page_size()
    body: dict[str, Any] = {kind.name: [make(one) for one in found[begin:end]]}
    if end < len(found):
        kept = {name: value for name, value in query.items() if not name.startswith("include")}
        body["more"] = call.site.seals.hide({"list": kind.name, "query": kept, "begin": end})
    first = "more" not in call.query and call.flag("includeTotalCount")
    return Answer(body, headers={_TOTAL: str(len(found))} if first else {})


def _continued(call: Call, kind: Kind) -> tuple[dict[str, str], int]:
    told = call.site.seals.reveal(call.query["more"])
    if told is None or told["list"] != kind.name:
        raise Refused(400, "The more token is not valid.")
    if any(name != "more" and not name.startswith("include") for name in call.query):
        raise Refused(400, "No other filters may be sent with a more token.")
    return told["query"], told["begin"]


def _filtered(query: Mapping[str, str], kind: Kind, rows: Sequence[Any]) -> list[Any]:
    found = list(rows)
    for name, read in kind.exact.items():
        if query.get(name):
            found = [one for one in found if str(read(one)).casefold() == query[name].casefold()]
    if query.get("tags") and kind.tags is not None:
        wanted, tags = set(query["tags"].split(",")), kind.tags
        found = [one for one in found if wanted & set(tags(one))]
    if query.get("filter"):
        field_name = query.get("filterBy") or next(iter(kind.fields))
        of_field, wanted_text = _field(kind, field_name), query["filter"].casefold()
        found = [one for one in found if wanted_text in str(of_field(one) or "").casefold()]
    stamp = _stamp(kind, query.get("datetimeFilter", ""))
    if query.get("since"):
        since = moment(query["since"])
        found = [one for one in found if stamp(one) >= since]
    if query.get("until"):
        until = moment(query["until"])
        found = [one for one in found if stamp(one) <= until]
    return found


def _ordered(query: Mapping[str, str], kind: Kind, found: list[Any]) -> list[Any]:
    asked = query.get("orderBy")
    if not asked:
        return found
    name, _, way = asked.casefold().rpartition("_")
    if way not in {"asc", "desc"}:
        raise Refused(400, f"orderBy [{asked}] is not known.")
    read = kind.stamps.get(name) or _field(kind, name)
    return sorted(found, key=lambda one: str(read(one)), reverse=way == "desc")


def _field(kind: Kind, name: str) -> Callable[[Any], Any]:
    if name.casefold() not in kind.fields:
        raise Refused(400, f"The field [{name}] is not known.")
    return kind.fields[name.casefold()]


def _stamp(kind: Kind, name: str) -> Callable[[Any], float]:
    if not name:
        return next(iter(kind.stamps.values()))
    if name.casefold() not in kind.stamps:
        raise Refused(400, f"datetimeFilter [{name}] is not known.")
    return kind.stamps[name.casefold()]
