"""The two spellings of a duration: CMITimespan (SCORM 1.2) and timeinterval(second,10,2) (SCORM 2004).

Sources: SCORM 1.2 Run-Time Environment, section 3.4.1 (CMITimespan, HHHH:MM:SS.SS); SCORM 2004 4th edition RTE,
section 4.1.1.7 (ISO 8601 duration with two decimals). Everything inside is counted in hundredths of a second.
"""

import re
from decimal import Decimal
from typing import Literal

Standard = Literal["SCORM12", "SCORM2004"]

_TIMESPAN = re.compile(r"(\d{2,4}):(\d{2}):(\d{2}(?:\.\d{1,2})?)")
_INTERVAL = re.compile(
    r"P(?=.)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d{1,2})?)S)?)?", re.ASCII
)
# Years and months have no fixed length; 365 and 30 days are the usual reading, and no course sends them.
_UNITS = tuple(Decimal(seconds) for seconds in (365 * 86400, 30 * 86400, 86400, 3600, 60, 1))
_MAX_CHARS = 40


def parse_duration(text: str, standard: Standard) -> int | None:
    """Hundredths of a second, or None when `text` is not a duration of that standard."""
    if len(text) > _MAX_CHARS:
        return None
    if standard == "SCORM12":
        match = _TIMESPAN.fullmatch(text)
        parts = (None, None, None, *match.groups()) if match else ()
    else:
        match = _INTERVAL.fullmatch(text)
        parts = match.groups() if match else ()
    if not parts:
        return None
    seconds = sum((Decimal(part) * unit for part, unit in zip(parts, _UNITS, strict=True) if part), Decimal(0))
    return int(seconds * 100)


def format_duration(hundredths: int, standard: Standard) -> str:
    """The text in which the run-time gives `total_time` to a course."""
    seconds, rest = divmod(hundredths, 100)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if standard == "SCORM12":
        return f"{hours:04d}:{minutes:02d}:{seconds:02d}.{rest:02d}"
    fraction = f".{rest:02d}" if rest else ""
    return f"PT{hours}H{minutes}M{seconds}{fraction}S"
