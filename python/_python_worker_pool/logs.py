"""`logging` records become LOG frames with their level, where they would be text on stderr.

That is: records of a StreamHandler on our stdout or stderr, and of logging's last resort. Handlers
on files and on the user's own streams are left alone.
"""

import sys

from .codec import encode_details
from .stdlib import stdlib

# The host takes no more of a logger's name, in characters.
_MAX_NAME = 200

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable


def install(send: "Callable[[bytes], bool]") -> None:
    """`send(payload)` sends a frame; it returns False if the frame cannot be sent."""
    logging = stdlib("logging")
    streams = (sys.__stdout__, sys.__stderr__)
    plain = logging.Formatter("%(message)s")
    write_text = logging.StreamHandler.emit

    def emit(handler: "Any", record: "Any") -> None:
        if handler.stream not in streams or not send_record(handler, record):
            write_text(handler, record)

    def send_record(handler: "Any", record: "Any") -> bool:
        try:
            details = {
                "level": _level(record.levelno),
                "logger": record.name[:_MAX_NAME],
                "message": formatter(handler).format(record),
            }
            return send(encode_details(details))
        except Exception:  # logging's own handling reports what is wrong with the record
            return False

    def formatter(handler: "Any") -> "Any":
        """The user's own format; logging's default one only repeats level and logger."""
        own = handler.formatter
        if own is None or own._fmt == logging.BASIC_FORMAT:
            return plain
        return own

    logging.StreamHandler.emit = emit


def _level(number: int) -> str:
    for minimum, name in ((40, "error"), (30, "warn"), (20, "info")):
        if number >= minimum:
            return name
    return "debug"
