"""Serves calls beside an event loop, from the first async call on.

Async functions run in the loop, as tasks. Plain functions run outside of it, on a clean stack: one
may run a loop of its own. Or they run in threads, if more than one may run at the same time. While
nothing is called, the loop runs: connections are kept alive, and tasks that calls left go on.

In the loop, frames are read when they have come, and async calls are started. Any other call is
left to `serve`, which stops the loop for it, and resumes streams that are not async outside of it.
"""

from time import perf_counter, sleep

from . import channel as reading
from . import protocol
from .calls import ITERATING, STARTED, Calls
from .channel import NO_FRAME, ChannelLost, HostGone
from .current_call import current_call
from .event_loop import EventLoop, runs_user_code
from .interrupts import is_interrupt
from .loop_watch import LoopWatch
from .protocol import CALLS, CALLS_AND_BATCHES, MAX_KIND, ProtocolError
from .replies import Replies
from .running_streams import RunningStreams
from .tasks import Tasks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Callable, Iterable

    from .call_threads import CallThreads
    from .calls import Pending
    from .inbox import Inbox
    from .loop_choice import Loop
    from .protocol import Bytes, Frame, Payload
    from .streams import Reply

# While plain calls come back to back, the loop gets a turn this often.
TURN_INTERVAL = 5e-3  # seconds

PAUSE = 0.01  # seconds between two looks for frames, where there is no loop to wait in

CLOSED = (
    "the script closed the event loop while this call was running in it. "
    "Close only loops that your code has made."
)


class LoopServer:
    def __init__(
        self,
        inbox: "Inbox",
        replies: Replies,
        calls: Calls,
        event_loop: EventLoop,
        is_serial: bool,
    ) -> None:
        """A serial one has one call at a time, whatever its kind."""
        self._channel = inbox.channel
        self._frames = inbox.frames
        self._may_start = inbox.may_start
        self._answer_other = inbox.answer_other
        self._cancels = inbox.cancels
        self._replies = replies
        self._calls = calls
        self._event_loop = event_loop
        self._is_serial = is_serial
        self._tasks = Tasks(calls, self.end_call, self._send)
        self._running = self._tasks.running
        self._threads: CallThreads | None = None
        self._in_threads: dict[int, int] = {}  # as in `CallThreads`
        self._streams = RunningStreams(calls, replies, self._cancels, event_loop, self)
        self._on_main = self._streams.on_main
        self._source = self._channel.share_with_loop()
        self._watching = LoopWatch(self._source, self._cancels, self._on_readable, self._on_cancels)
        self._left: Frame | None = None  # to be served outside of the loop
        self._first: Frame | None = None  # to be served in the loop
        self._failure: Exception | None = None  # of the channel, in the loop
        self._has_ended = False
        self._reads_in_thread = False
        self._turn_due = 0.0
        self._cancels.server = self

    def use_threads(self, limit: int, make_calls: "Callable[[], Calls]") -> None:
        """Plain functions run in threads from here on; each has `Calls` of its own."""
        from .call_threads import CallThreads

        threads = CallThreads(limit, make_calls, self._replies.after_user_code, self)
        self._threads = threads
        self._in_threads = threads.running

    def serve_next(self, kind: int, call_id: int, payload: "Bytes") -> None:
        """Gives `serve` its first frame."""
        self._left = (kind, call_id, payload)

    def serve(self, now: "Callable[[], float]" = perf_counter) -> None:
        """Returns at the host's end."""
        self._after_loop()
        while not self._has_ended:
            if self._on_main.running:
                if self._on_main.resume():
                    self._give_turn()
                    continue
                if self._channel.reading == reading.FOR_A_WHILE:
                    # The host first hands an item over, and only then what follows from it.
                    self._channel.reading = reading.FOR_LONGER
            if self._is_full():
                self._run_loop()
                continue
            frame = self._left or next(self._frames, None)
            self._left = None
            if frame is NO_FRAME:
                frame = self._wait_for_frame()
            if frame is None:
                return
            if frame is NO_FRAME:
                self._run_loop()
            elif self._is_for_loop(frame) and self._run_loop(frame):
                pass
            else:
                self._serve_outside(*frame)
                if now() >= self._turn_due:
                    self._give_turn()
            del frame  # and with it memory of the script's

    def close(self) -> None:
        self._streams.close()
        self._tasks.forget_all()
        self._event_loop.close()

    def start(self, call_id: int, call: "Pending") -> None:
        """Starts the task of a call that has returned an awaitable, or an async stream."""
        call.call_id = call_id
        try:
            loop = self._event_loop.usable()
        except Exception as error:  # no descriptors are left
            kind, reply = self._calls.failure_of(call, error)
            self._send_soon(kind, call_id, reply)
            return
        self._tasks.start(loop, call_id, call, self._streams.task(call))
        self._cancel_if_asked(call_id)

    def _start_on_main(self, call_id: int, call: "Pending") -> None:
        call.call_id = call_id
        self._streams.start_on_main(call)
        self._cancel_if_asked(call_id)

    def _serve_other(self, kind: int, call_id: int, payload: "Bytes") -> None:
        self._answer_other(kind, call_id)
        if kind == protocol.CANCEL:
            self.cancel((call_id,))
        elif kind == protocol.CREDIT:
            self._streams.grant(call_id, payload)

    def _serve_outside(self, kind: int, call_id: int, payload: "Bytes") -> None:
        if kind not in CALLS_AND_BATCHES and kind <= MAX_KIND:
            self._serve_other(kind, call_id, payload)
            return
        if not self._may_start(call_id):
            return
        cancels = self._cancels
        cancels.plain = call_id
        if not self._is_serial:
            current_call.set(call_id)
        answer = self._calls.answer if kind in CALLS else self._calls.answer_other
        reply_kind, reply = answer(kind, payload)
        self._replies.after_user_code(call_id)
        current_call.set(0)
        cancels.plain = 0
        if reply_kind == STARTED:
            self.start(call_id, reply)
        elif reply_kind == ITERATING:
            self._start_on_main(call_id, reply)
        else:
            self._channel.send(reply_kind, call_id, reply)

    def _wait_for_frame(self) -> "Frame | None":
        """The next frame, unless the loop has something to do, or must run for another reason."""
        loop = self._event_loop.loop
        if self._running or self._threads is not None or not self._watching.is_complete(loop):
            return NO_FRAME
        if not self._event_loop.waits_only_for(self._source):
            return NO_FRAME
        self._event_loop.end_child()  # it would take frames of its parent
        self._turn_due = perf_counter() + TURN_INTERVAL
        self._channel.reading = reading.ONCE
        frame = next(self._frames, None)
        self._channel.reading = reading.FOR_A_WHILE
        return frame

    def _give_turn(self) -> None:
        """Lets the loop run once."""
        self._event_loop.stop()
        self._run_loop()

    def _run_loop(self, first: "Frame | None" = None) -> bool:
        """Runs the loop, where `first` is served, until something is to be done outside of it.

        Returns False if there is no loop to run.
        """
        loop = self._event_loop.loop
        if loop is None or self._watching.lacks(loop, self._wants_frames()):
            loop = self._watching_loop()
        if loop is None:
            self._channel.reading = reading.UNTIL_A_FRAME
            if self._reads_in_thread:
                sleep(PAUSE)
            return False
        if first is not None:
            self._first = first
            loop.call_soon(self._serve_frames)
        error = self._calls.run(self._event_loop.run)
        if error is not None:
            self._on_error(error)
        if self._first is not None:  # something else has left the loop before
            self._left, self._first = self._first, None
        self._after_loop()
        return True

    def _watching_loop(self) -> "Loop | None":
        """The loop, which waits for the channel; None if none can be made."""
        if self._event_loop.is_lost and self._running:
            self._fail_calls(RuntimeError(CLOSED))
        try:
            loop = self._event_loop.usable()
        except Exception:  # no descriptors are left; the calls will say so
            return None
        try:
            self._watch(loop)
        except OSError as error:  # the descriptor of the loop is gone, or that of the channel
            self._give_up_loop(error)
            try:
                loop = self._event_loop.usable()
                self._watch(loop)
            except OSError:
                raise ChannelLost(f"waiting for frames: {error}") from error
        return loop

    def _on_error(self, error: BaseException) -> None:
        self._event_loop.end_child(error if isinstance(error, SystemExit) else None)
        if isinstance(error, KeyboardInterrupt):
            if is_interrupt(error.__traceback__):
                # Not in the call's own code, but in a task or a callback that it has made. At once,
                # as others of them may be about to begin.
                self._tasks.stop(self._cancels.last_hit)
        elif not isinstance(error, (SystemExit, GeneratorExit)):
            self._give_up_loop(error)

    def _give_up_loop(self, error: BaseException) -> None:
        self._event_loop.give_up()
        failure = RuntimeError(f"the event loop failed while this call was running: {error!r}")
        failure.__cause__ = error
        self._fail_calls(failure)

    def _fail_calls(self, failure: Exception) -> None:
        self._tasks.fail_all(failure)
        self._flush()

    def _after_loop(self) -> None:
        self._flush()
        if self._failure is not None:
            raise self._failure
        self._turn_due = perf_counter() + TURN_INTERVAL
        if not self._reads_in_thread:
            is_idle = not self._running and self._threads is None
            self._channel.reading = reading.FOR_A_WHILE if is_idle else reading.NOT_AT_ALL

    # In the loop

    def _serve_frames(self) -> None:
        """Serves what has been read, until a frame is to be served outside of the loop."""
        first, self._first = self._first, None
        if first is None and not self._may_serve():
            return
        try:
            if first is not None and not self._start_in_loop(*first):
                return
            for kind, call_id, payload in self._frames:
                if kind not in CALLS_AND_BATCHES and kind <= MAX_KIND:
                    if kind < 0:  # NO_FRAME
                        return
                    self._serve_other(kind, call_id, payload)
                elif self._threads is None and not self._calls.is_async(kind, payload):
                    self._left = (kind, call_id, payload)
                    self._event_loop.stop()
                    return
                elif not self._start_in_loop(kind, call_id, payload):
                    return
            self._has_ended = True
            self._watching.end_frames()
            self._event_loop.stop()
        except (HostGone, ChannelLost, ProtocolError) as error:
            self._fail(error)

    def _start_in_loop(self, kind: int, call_id: int, payload: "Bytes") -> bool:
        """Returns whether the next frame may be served here, too."""
        if not self._may_start(call_id):
            return True
        if self._threads is not None and not self._calls.is_async(kind, payload):
            self._threads.answer((kind, call_id, payload))
            return True
        current_call.set(call_id)
        answer = self._calls.answer if kind in CALLS else self._calls.answer_other
        reply_kind, reply = answer(kind, payload)
        if reply_kind == STARTED:
            current_call.set(0)
            self.start(call_id, reply)
        elif reply_kind == ITERATING:
            current_call.set(0)
            self._start_on_main(call_id, reply)
            self._event_loop.stop()
            return False
        else:
            self._send_soon(reply_kind, call_id, reply)
            current_call.set(0)
        return not self._is_full()

    def _may_serve(self) -> bool:
        # Not where a plain function runs the loop.
        return self._left is None and self._event_loop.runs and not self._is_full()

    def _is_full(self) -> bool:
        # The credit of a stream must be read.
        return self._is_serial and bool(self._running) and not self._streams.by_id

    def _is_for_loop(self, frame: "Frame") -> bool:
        kind, _, payload = frame
        if kind not in CALLS_AND_BATCHES and kind <= MAX_KIND:
            return False
        if self._threads is not None:
            return True
        return not self._is_serial and self._calls.is_async(kind, payload)

    def end_call(self, call_id: int, kind: int, reply: "Payload") -> None:
        """Of a task."""
        if self._running.pop(call_id, self) is not self:  # else it has got its reply
            self._streams.forget_task(call_id)
            self._send_soon(kind, call_id, reply)

    def _send_soon(self, kind: int, call_id: int, reply: "Payload") -> None:
        """Holds a reply back until the end of this turn of the loop."""
        is_first = False
        try:
            if self._is_serial:
                self._replies.send_now(kind, call_id, reply)
            else:
                is_first = self._replies.hold(kind, call_id, reply)
        except (HostGone, ChannelLost) as error:
            self._fail(error)
            return
        event_loop = self._event_loop
        if not self._running and event_loop.runs and self._threads is None and event_loop.stop():
            return  # they are sent once the loop is left
        if is_first:
            self._flush_soon()

    def hold(self, kind: int, call_id: int, payload: "Payload") -> None:
        """Sends an item of a task as replies are sent."""
        try:
            if self._replies.hold(kind, call_id, payload):
                self._flush_soon()
        except (HostGone, ChannelLost) as error:
            self._fail(error)

    def _flush_soon(self) -> None:
        event_loop = self._event_loop
        if event_loop.loop is not None and not event_loop.is_lost:
            event_loop.loop.call_soon(self._flush)

    def _send(self, kind: int, call_id: int, payload: "Payload") -> None:
        try:
            self._channel.send(kind, call_id, payload)
        except (HostGone, ChannelLost) as error:
            self._fail(error)

    def send_of_thread(self, kind: int, call_id: int, reply: "Payload") -> None:
        try:
            self._channel.send(kind, call_id, reply)
        except (HostGone, ChannelLost) as error:
            self._event_loop.call_soon_threadsafe(self._fail, error)

    def stream_in_thread(self, call_id: int, call: "Pending", calls: Calls) -> "Reply":
        call.call_id = call_id
        return self._streams.run_in_thread(call, calls)

    def start_later(self, call_id: int, call: "Pending") -> None:
        """Of a call in a thread that turned out to be async."""
        if not self._event_loop.call_soon_threadsafe(self.start, call_id, call):
            kind, reply = self._calls.failure_of(call, RuntimeError(CLOSED))
            self.send_of_thread(kind, call_id, reply)

    def _flush(self) -> None:
        try:
            self._replies.flush()
        except (HostGone, ChannelLost) as error:
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        """Ends the worker: an exception in a callback would only be logged by the loop."""
        self._failure = error
        self._watching.end_frames()
        self._event_loop.stop()

    # What the loop watches

    def _wants_frames(self) -> bool:
        return not self._reads_in_thread and not self._is_full()

    def _watch(self, loop: "Loop") -> None:
        if self._wants_frames():
            try:
                self._watching.begin_frames(loop)
            except NotImplementedError:
                self._read_in_thread()
        self._watching.begin_cancels(loop)

    def _on_readable(self) -> None:
        self._event_loop.end_child()  # it would take frames of its parent
        if self._may_serve():
            self._channel.reading = reading.ONCE
            self._serve_frames()
        else:
            self._watching.end_frames()

    def _on_cancels(self) -> None:
        self._event_loop.end_child()
        self.cancel(self._cancels.read())
        if self._cancels.has_ended:
            self._watching.end_cancels()

    def _read_in_thread(self) -> None:
        """For loops that cannot wait for a pipe, such as those of Windows."""
        from .frame_thread import FrameThread

        self._reads_in_thread = True
        self._channel.reading = reading.UNTIL_A_FRAME
        thread = FrameThread(self._frames, self._cancels.note, self._wake)
        self._frames = thread.frames()
        thread.start()

    def _wake(self) -> None:
        """Called by the thread that reads."""
        self._event_loop.call_soon_threadsafe(self._serve_frames)

    def only_call(self) -> int:
        """The id of the only call that runs, else 0. May be called from any thread."""
        running = {*list(self._running), *list(self._in_threads), *list(self._on_main.running)}
        if self._cancels.plain:
            running.add(self._cancels.plain)
        return running.pop() if len(running) == 1 else 0

    # What an interrupt asks for

    def only_task(self) -> int:
        """The id of the call that runs in the loop, if it is the only one, else 0."""
        return self._tasks.only()

    def runs_user_code(self, frame: "FrameType | None") -> bool:
        return runs_user_code(frame)

    def is_running(self, call_id: int) -> bool:
        """May be called from any thread."""
        return (
            call_id in self._running
            or call_id in self._in_threads
            or call_id in self._on_main.running
            or call_id == self._cancels.plain
        )

    def send_held(self) -> None:
        try:
            self._replies.send_held()
        except (HostGone, ChannelLost) as error:
            self._fail(error)

    def cancel(self, call_ids: "Iterable[int]") -> None:
        """Cancels those calls that are tasks or streams. May be called by a signal handler."""
        for call_id in call_ids:
            if call_id in self._running:
                self._event_loop.call_soon_threadsafe(self._cancel_task, call_id)
            else:
                if call_id in self._in_threads:
                    self._event_loop.call_soon_threadsafe(self._answer_for_thread, call_id)
                self._streams.cancel(call_id)

    def _answer_for_thread(self, call_id: int) -> None:
        """Says where a cancelled call is. A stream acknowledges the cancel itself, at its end."""
        threads = self._threads
        if threads is not None and call_id in self._in_threads:
            stack = threads.stack_of(call_id)
            if stack is not None or call_id not in self._streams.by_id:
                self._cancels.acknowledge(call_id, stack)

    def _cancel_task(self, call_id: int) -> None:
        self._tasks.cancel(call_id, self._streams.cancelled_task(call_id))

    def _cancel_if_asked(self, call_id: int) -> None:
        """Of a call that has just started."""
        if call_id in self._cancels.ids:
            self.cancel((call_id,))
