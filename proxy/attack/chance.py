"""What chance alone would give: so that a million people raise no alarm that only their number explains."""

from collections import Counter
from math import exp, log, sqrt

_RARE = 1e-6
_NOTHING = 1e-9
_MANY = 100.0
_SIGMA = 6.0


def beyond_chance(count: int, expected: float) -> bool:
    """Whether `count` or more are seen less than once in a million where `expected` are (Poisson)."""
    if count <= expected:
        return False
    if expected > _MANY:
        return count > expected + _SIGMA * sqrt(expected)
    term = exp(-expected)
    for number in range(1, count + 1):
        term *= expected / number
    # The tail is added up: one minus the head would have no digits left where `expected` is tiny.
    tail, number = term, count
    while term > tail * _NOTHING:
        number += 1
        term *= expected / number
        tail += term
    return tail < _RARE


def dependence(table: Counter[tuple[str, str]]) -> tuple[float, float]:
    """Of pairs of features: the information that one gives on the other (bits a person), and how far from chance.

    The second is the G statistic as a deviation (Wilson and Hilferty's cube root of chi-square): 6 is far.
    """
    total = table.total()
    rows: Counter[str] = Counter()
    columns: Counter[str] = Counter()
    for (row, column), count in table.items():
        rows[row] += count
        columns[column] += count
    freedom = (len(rows) - 1) * (len(columns) - 1)
    if not freedom:
        return 0.0, 0.0
    shared = sum(
        count * log(count * total / (rows[row] * columns[column])) for (row, column), count in table.items() if count
    )
    spread = 2 / (9 * freedom)
    sigma = ((2 * max(shared, 0.0) / freedom) ** (1 / 3) - (1 - spread)) / sqrt(spread)
    return max(shared, 0.0) / total / log(2), sigma
