"""What a loop waits for on behalf of the worker: frames, and the ids of cancelled calls."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    from .cancels import Cancels
    from .loop_choice import Loop


class LoopWatch:
    def __init__(
        self,
        source: int,
        cancels: "Cancels",
        on_frames: "Callable[[], None]",
        on_cancels: "Callable[[], None]",
    ) -> None:
        """`source` is the descriptor that frames come from."""
        self._source = source
        self._cancels = cancels
        self._on_frames = on_frames
        self._on_cancels = on_cancels
        self._of_frames: Loop | None = None  # which waits for them
        self._of_cancels: Loop | None = None

    def is_complete(self, loop: "Loop | None") -> bool:
        return loop is not None and self._of_frames is loop is self._of_cancels

    def lacks(self, loop: "Loop", wants_frames: bool) -> bool:
        if loop is not self._of_cancels or loop.is_closed():
            return True
        return wants_frames and loop is not self._of_frames

    def begin_frames(self, loop: "Loop") -> None:
        """Raises NotImplementedError where a loop cannot wait for a pipe."""
        if self._of_frames is not loop:
            loop.add_reader(self._source, self._on_frames)
            self._of_frames = loop

    def end_frames(self) -> None:
        if self._of_frames is not None and not self._of_frames.is_closed():
            self._of_frames.remove_reader(self._source)
        self._of_frames = None

    def begin_cancels(self, loop: "Loop") -> None:
        if self._of_cancels is loop:
            return
        self._of_cancels = loop
        if self._cancels.fd is not None:
            try:
                loop.add_reader(self._cancels.fd, self._on_cancels)
            except (NotImplementedError, OSError, ValueError):  # or closed by the script
                pass

    def end_cancels(self) -> None:
        fd = self._cancels.fd
        if self._of_cancels is not None and fd is not None:
            self._of_cancels.remove_reader(fd)
