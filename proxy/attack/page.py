"""The report as one page that loads nothing."""

from collections.abc import Sequence

from jinja2 import DictLoader, Environment, StrictUndefined

from proxy.attack.report import Result

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>scormveil attack</title>
<style>body{font:16px/1.5 sans-serif;max-width:50em;margin:2em auto;padding:0 1em}
table{border-collapse:collapse}td{padding:.1em .8em .1em 0}td+td{text-align:right}
.found{color:#a00}.withstood{color:#060}.remains{color:#850}</style>
<h1>scormveil attack</h1><p>{{ when }}. Counts only; nobody is named.</p>
{% for one in results %}<h2 class="{{ one.verdict.value }}">{{ one.attack }}: {{ one.verdict.value }}</h2>
<p>{{ one.says }}</p><table>{% for name, number in one.numbers.items() %}
<tr><td>{{ name }}</td><td>{{ "{:,}".format(number) }}</td></tr>{% endfor %}</table>
{% endfor %}</html>
"""


def as_html(results: Sequence[Result], when: str) -> str:
    """A self-contained page; `when` is the time as text."""
    environment = Environment(loader=DictLoader({"page": _PAGE}), autoescape=True, undefined=StrictUndefined)
    return environment.get_template("page").render(results=results, when=when)
