"""`logging` records become LOG frames with their level, where they would be text on stderr.

That is: records of a StreamHandler on our stdout or stderr, and of logging's last resort. Handlers
on files and on streams of the user are none of our business.
"""

import sys

from .codec import encode_details
from .stdlib import stdlib


def install(send):
    """`send(payload)` sends a frame; it returns False when there is nobody to send it to."""
    logging = stdlib("logging")
    streams = (sys.__stdout__, sys.__stderr__)
    plain = logging.Formatter("%(message)s")
    write_text = logging.StreamHandler.emit

    def emit(handler, record):
        if handler.stream not in streams or not send_record(handler, record):
            write_text(handler, record)

    def send_record(handler, record):
        try:
            details = {
                "level": _level(record.levelno),
                "logger": record.name,
                "message": formatter(handler).format(record),
            }
            return send(encode_details(details))
        except Exception:  # logging's own way says what is wrong with the record
            return False

    def formatter(handler):
        """The user's own format; logging's default one only repeats level and logger."""
        own = handler.formatter
        if own is None or own._fmt == logging.BASIC_FORMAT:
            return plain
        return own

    logging.StreamHandler.emit = emit


def _level(number):
    for least, name in ((40, "error"), (30, "warn"), (20, "info")):
        if number >= least:
            return name
    return "debug"
