"""Dates, times and durations, also those of numpy and pandas, as ISO 8601 text.

"Not a time" becomes NaN, which it is to its libraries, so that one rule holds for both.
"""

import sys

from .errors import NoJsonForm

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NAN = float("nan")

# How many of numpy's units make a second, or how many seconds make one of them.
_PER_SECOND = {"s": 0, "ms": 3, "us": 6, "ns": 9, "ps": 12, "fs": 15, "as": 18}  # powers of 10
_SECONDS = {"m": 60, "h": 3600, "D": 86400, "W": 604800}


def _is_nat(value: "Any") -> bool:
    """Whether it is "not a time", which differs from itself, like a NaN."""
    return bool(value != value)  # noqa: PLR0124 (the point)


def date_text(value: "Any") -> "str | float":
    """The text of a datetime, date or time. pandas.NaT is a datetime, too."""
    if _is_nat(value):
        return NAN
    text: str = value.isoformat()
    return text


def timedelta_text(value: "Any") -> str:
    """The text of a datetime.timedelta, or of pandas' Timedelta, which has nanoseconds."""
    microseconds = (value.days * 86400 + value.seconds) * 10**6 + value.microseconds
    return _duration(microseconds * 1000 + getattr(value, "nanoseconds", 0), 9)


def datetime64_text(value: "Any") -> "str | float":
    if _is_nat(value):
        return NAN
    item = value.item()
    # An integer in units that a datetime does not have, or beyond its years.
    return str(value) if isinstance(item, int) else date_text(item)


def timedelta64_text(value: "Any") -> "str | float":
    if _is_nat(value):
        return NAN
    unit, count = sys.modules["numpy"].datetime_data(value.dtype)
    number = int(value.astype("int64")) * count
    if unit in ("Y", "M"):
        return f"{'-' if number < 0 else ''}P{abs(number)}{unit}"
    if unit in _SECONDS:
        return _duration(number * _SECONDS[unit], 0)
    if unit not in _PER_SECOND:
        raise NoJsonForm("a numpy.timedelta64 without a unit; return int(value) instead")
    return _duration(number, _PER_SECOND[unit])


def _duration(number: int, digits: int) -> str:
    """The text of `number` * 10**-`digits` seconds."""
    seconds, rest = divmod(abs(number), 10**digits)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    fraction = f".{rest:0{digits}}".rstrip("0") if rest else ""
    parts = ((hours, "H"), (minutes, "M"))
    time = "".join(f"{count}{unit}" for count, unit in parts if count)
    if seconds or fraction or not (days or time):
        time += f"{seconds}{fraction}S"
    return f"{'-' if number < 0 else ''}P{f'{days}D' if days else ''}{f'T{time}' if time else ''}"
