"""`logging` records become LOG frames with their fields, where they would be text on stderr.

That is: records of a StreamHandler on our stdout or stderr, and of logging's last resort. Handlers
on files and on the user's own streams are left alone.
"""

from time import time

from .codec import encode_details
from .log_details import details_of
from .stdio import output_streams
from .stdlib import stdlib

# The host takes no more of a logger's name, in characters.
_MAX_NAME = 200

_MAX_TIME = 1 << 53  # milliseconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable


def install(send: "Callable[[bytes], bool]") -> None:
    """`send(payload)` sends a frame; it returns False if the frame cannot be sent."""
    logging = stdlib("logging")
    streams = output_streams()
    # What `logging` itself gives a record, and its formatters add to it.
    standard = {*logging.LogRecord("", 0, "", 0, "", (), None).__dict__, "message", "asctime"}
    plain = logging.Formatter("%(message)s")
    write_text = logging.StreamHandler.emit

    def emit(handler: "Any", record: "Any") -> None:
        if handler.stream not in streams or not send_record(handler, record):
            write_text(handler, record)

    def send_record(handler: "Any", record: "Any") -> bool:
        try:
            fields = {
                "level": _level(record.levelno),
                "logger": record.name[:_MAX_NAME],
                "message": formatter(handler).format(record),
                "time": _milliseconds(record.created),
                "details": details_of(record, standard),
            }
            return send(encode_details(fields))
        except Exception:  # logging's own handling reports what is wrong with the record
            return False

    def formatter(handler: "Any") -> "Any":
        """The user's own format; logging's default one only repeats level and logger."""
        own = handler.formatter
        if own is None or own._fmt == logging.BASIC_FORMAT:
            return plain
        return own

    logging.StreamHandler.emit = emit


def own_record(level: str, text: str) -> bytes:
    """The payload of a LOG frame with a message of our own."""
    time_now = _milliseconds(time())
    name = "python-worker-pool"
    return encode_details({"level": level, "logger": name, "message": text, "time": time_now})


def _milliseconds(seconds: float) -> int:
    """What the host takes as a time; 0 for what the script may have made of the clock."""
    try:
        return max(0, min(int(seconds * 1000), _MAX_TIME))
    except (TypeError, ValueError, OverflowError):
        return 0


def _level(number: int) -> str:
    for minimum, name in ((40, "error"), (30, "warn"), (20, "info")):
        if number >= minimum:
            return name
    return "debug"
