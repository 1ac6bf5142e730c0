"""The report as one page of HTML that needs nothing else: no script, no style sheet, no picture from elsewhere."""

from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from proxy.trace.lines import PROBLEMS, Verdict

_CLASS = {Verdict.REFUSED.value: "bad", Verdict.AROUND.value: "bad", Verdict.UNPROVEN.value: "open"}
_UNCONCERNED = frozenset({Verdict.LMS.value, Verdict.LOCAL.value})
"""What is counted only: no request is for the proxy."""
_PROBLEMS = frozenset(verdict.value for verdict in PROBLEMS)
_CALM = frozenset({Verdict.LMS.value, Verdict.LOCAL.value, Verdict.NEEDLESS.value, Verdict.KEPT_BACK.value})


def page(told: Mapping[str, Any]) -> str:
    """Render a report (`Report.told`). The file's name is not told: operators call recordings by whose they are."""
    environment = Environment(
        loader=PackageLoader("proxy.trace"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    problems = [one for one in told["requests"] if one["verdict"] in _PROBLEMS]
    return environment.get_template("trace.html").render(
        told=told, problems=problems, class_of=_class_of, unconcerned=_UNCONCERNED
    )


def _class_of(verdict: str) -> str:
    return _CLASS.get(verdict, "calm" if verdict in _CALM else "good")
