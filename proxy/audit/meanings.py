"""What each event means, in the words of its declaration: `Event` says it once, below each member."""

import ast
import inspect
from collections.abc import Mapping
from itertools import pairwise

from proxy.audit.events import Event


def meanings() -> Mapping[str, str]:
    """The sentence of each event; empty where the program is installed without its source."""
    try:
        source = inspect.getsource(Event)
    except OSError:
        return {}
    body = next(node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)).body
    return {
        str(before.value.value): str(after.value.value)
        for before, after in pairwise(body)
        if isinstance(before, ast.Assign) and isinstance(before.value, ast.Constant)
        if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
    }
