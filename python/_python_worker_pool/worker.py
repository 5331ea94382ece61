"""A worker's life: take the channel, load the script, serve calls, end.

Exit codes: 0 when the host is gone or has closed the channel, 1 when the script cannot be loaded,
70 when the channel fails or the host violates the protocol.
"""

import faulthandler
import os
import sys
from _thread import get_ident

from . import protocol, script, stdio
from .cancels import Cancels
from .channel import Channel, ChannelLost, HostGone
from .codec import encode_details
from .current_call import current_call
from .forks import Forks
from .inbox import Inbox
from .interrupts import Interrupts
from .loop_choice import LoopChoice
from .protocol import CALLS, MAX_KIND, ProtocolError
from .start_tokens import NoTokens, StartTokens

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal
    from typing import Any, Callable

    from .calls import Calls, Pending
    from .loop_server import LoopServer
    from .protocol import Frame, Init
    from .tracing import Tracing

    MakeCalls = Callable[[Callable[..., Any]], Calls]
else:
    import _signal

EXIT_LOAD_FAILED = 1
EXIT_CHANNEL = 70  # EX_SOFTWARE


def main() -> None:
    channel = Channel(*stdio.take_channel())
    try:
        code = Worker(channel).live()
    except HostGone:
        code = 0
    except (ChannelLost, ProtocolError) as error:
        code = EXIT_CHANNEL
        _complain(f"python-worker-pool: the control channel failed: {error}\n")
    stdio.silence_broken()
    if sys.flags.inspect:
        _exit_uninspected(code)
    sys.exit(code)


def _exit_uninspected(code: int) -> None:
    """With PYTHONINSPECT or -i, Python would print a SystemExit and then read commands."""
    import atexit

    threading = sys.modules.get("threading")
    try:
        if threading is not None:
            threading._shutdown()
        atexit._run_exitfuncs()
    finally:
        stdio.flush_all()
        os._exit(code)


class Worker:
    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._interrupts = Interrupts()
        self._forks = Forks()
        self._trace: int | None = None
        self._tokens: StartTokens | NoTokens = NoTokens()
        self._cancels = Cancels(channel.send)
        self._loop_choice = LoopChoice()
        self._server: LoopServer | None = None  # once there are async calls
        self._tracing: Tracing | None = None
        self._thread = get_ident()
        self._logging = False  # whether log records are sent as frames

    def live(self) -> int:
        """Returns the exit code."""
        frames = self._channel.frames()
        frame = next(frames, None)
        if frame is None:
            return 0
        init = self._begin(frame)
        make_calls = self._load(init)
        if make_calls is None:
            return EXIT_LOAD_FAILED
        self._channel.expect_calls()
        self._interrupts.ask(self._cancels.is_hit)
        try:
            inbox = Inbox(self._channel, frames, self._tokens, self._cancels)
            if init.threads > 1:
                self._serve_in_threads(inbox, make_calls, init.threads)
            else:
                calls = make_calls(self._interrupts.run)
                self._serve(inbox, calls, is_serial=init.concurrency <= 1)
        finally:
            stdio.expect_no_calls()
            self._end()
        return 0

    def _begin(self, frame: "Frame") -> "Init":
        """Makes the process a worker, as INIT says; no user code has run yet."""
        kind, _, payload = frame
        if kind != protocol.INIT:
            raise ProtocolError(f"expected INIT, got a frame of kind {kind}")
        init = protocol.Init(payload)
        try:
            stdio.open_streams(init.log_handle, self)
            self._trace = stdio.take_private(init.trace_handle)
            tokens = stdio.take_private(init.tokens_handle)
            self._cancels.listen(stdio.take_private(init.cancels_handle))
        except (OSError, OverflowError) as error:
            raise ProtocolError(f"INIT names a pipe that does not exist: {error}") from error
        if tokens is not None:
            self._tokens = StartTokens(tokens)
        faulthandler.enable(2)
        if self._trace is not None:
            # Not all threads: their frames change while they are read, which can crash the worker.
            faulthandler.register(_signal.SIGURG, file=self._trace, all_threads=False)
        self._interrupts.install()
        self._forks.watch(self._give_up)
        self._channel.max_frame = init.max_frame
        self._channel.send_preamble(init.preamble)
        self._channel.send(protocol.HELLO, 0, b"")
        script.plugin_name = init.plugin
        return init

    def _load(self, init: "Init") -> "MakeCalls | None":
        """Returns what makes `Calls`, or None after the host was sent the reason."""
        try:
            loaded = self._interrupts.run(self._load_script, init)
            is_async = self._interrupts.run(loaded.is_async, init.function)
            if init.threads > 1 or self._interrupts.run(loaded.seems_to_need_loop, init.function):
                # In the first call, it would take so long that the host gives the call to another.
                self._interrupts.run(_import_event_loop)
            self._forks.end_child()
            self._tracing, warning = self._interrupts.run(self._start_tracing, init)
        except BaseException as error:
            self._forks.end_child(error)
            from . import advice
            from .exceptions import describe

            details = describe(error, init.max_frame)
            path = os.fsdecode(init.script) if init.script_kind != protocol.MODULE else None
            details["advice"] = advice.for_import(error, path, sys.exc_info()[2])
            self._after_user_code()
            self._send(protocol.LOAD_FAILED, details)
            return None
        self._after_user_code()
        self._loop_choice.import_has_ended()
        self._send(protocol.READY, {"warning": warning, "async": is_async})
        # Imported only now: the host is busy with READY meanwhile.
        from .calls import Calls

        self._forks.expect_calls()
        return lambda run: Calls(loaded, run, self._forks, init, self._tracing)

    def _load_script(self, init: "Init") -> script.Script:
        if self._interrupts.came:  # after HELLO, and before an exception could be raised here
            raise KeyboardInterrupt
        path = None if init.script_kind == protocol.MODULE else os.fsdecode(init.script)
        if init.reports_files:
            from . import project_loads

            project_loads.install(path, lambda file: self._send_output(protocol.LOADS, 0, file))
        if path is None:
            return script.load_module(str(init.script, "utf-8"))
        return script.load(path)

    def _start_tracing(self, init: "Init") -> "tuple[Tracing | None, str | None]":
        """Returns what traces calls, or None, and a warning for the host, or None."""
        wanted = init.tracing
        if wanted is None:
            wanted = _environment_wants_tracing(init.plugin)
        if not wanted:
            return None, None
        from . import tracing
        from .plugin import load_plugin

        return tracing.start(self._forks, load_plugin(init.plugin), self._warn)

    def _serve(self, inbox: Inbox, calls: "Calls", is_serial: bool) -> None:
        server = self._serve_without_loop(inbox, calls, is_serial)
        if server is not None:
            server.serve()

    def _serve_without_loop(
        self, inbox: Inbox, calls: "Calls", is_serial: bool
    ) -> "LoopServer | None":
        """Returns what serves on, once a call needs an event loop; None at the host's end."""
        may_start, answer, send = inbox.may_start, calls.answer, self._channel.send
        cancels, flush, modules = self._cancels, stdio.flush, sys.modules
        for kind, call_id, payload in inbox.frames:
            if kind not in CALLS:
                server = self._serve_other(inbox, calls, is_serial, (kind, call_id, payload))
                if server is not None:
                    return server
            elif may_start(call_id):
                cancels.plain = call_id
                reply_kind, reply = answer(kind, payload)
                flush(call_id)
                if not self._logging and "logging" in modules:
                    self._listen_to_logging()
                cancels.plain = 0
                if reply_kind < 0:  # it is async
                    server = self._start(inbox, calls, is_serial, call_id, reply)
                    if server is not None:
                        return server
                else:
                    send(reply_kind, call_id, reply)
                del reply  # or it would be kept, and with it memory of the script's
            del payload
        return None

    def _serve_other(
        self, inbox: Inbox, calls: "Calls", is_serial: bool, frame: "Frame"
    ) -> "LoopServer | None":
        """Serves a frame that is no ordinary call. Returns what `_serve_without_loop` does."""
        kind, call_id, payload = frame
        if kind > MAX_KIND:  # it is a stream
            try:
                server = self._new_loop_server(inbox, calls, is_serial)
            except Exception as error:  # no descriptors are left for asyncio
                if inbox.may_start(call_id):
                    reply_kind, reply = calls.refusal(kind, payload, error)
                    self._channel.send(reply_kind, call_id, reply)
                return None
            server.serve_next(kind, call_id, payload)
            return server
        if kind != protocol.BATCH:
            inbox.answer_other(kind, call_id)
        elif inbox.may_start(call_id):
            self._cancels.plain = call_id
            reply_kind, reply = calls.answer_other(kind, payload)
            self._after_user_code(call_id)
            self._cancels.plain = 0
            if reply_kind < 0:  # it is async
                return self._start(inbox, calls, is_serial, call_id, reply)
            self._channel.send(reply_kind, call_id, reply)
        return None

    def _start(
        self, inbox: Inbox, calls: "Calls", is_serial: bool, call_id: int, call: "Pending"
    ) -> "LoopServer | None":
        """Starts what a call has returned, and returns what serves on."""
        try:
            server = self._new_loop_server(inbox, calls, is_serial)
        except Exception as error:  # no descriptors are left for asyncio
            kind, reply = calls.failure_of(call, error)
            self._channel.send(kind, call_id, reply)
            return None
        server.start(call_id, call)
        return server

    def _serve_in_threads(self, inbox: Inbox, make_calls: "MakeCalls", count: int) -> None:
        server = self._new_loop_server(inbox, make_calls(self._interrupts.run), False)
        server.use_threads(count, lambda: make_calls(_call))
        server.serve()

    def _new_loop_server(self, inbox: Inbox, calls: "Calls", is_serial: bool) -> "LoopServer":
        from .event_loop import EventLoop
        from .loop_server import LoopServer
        from .replies import Replies

        replies = Replies(self._channel, self._after_user_code, stdio.flush_call, self._warn)
        event_loop = EventLoop(self._forks, self._loop_choice)
        self._server = LoopServer(inbox, replies, calls, event_loop, is_serial)
        return self._server

    def _end(self) -> None:
        if self._server is not None:
            self._server.close()
        if self._tracing is not None:
            # After an interrupt, another worker waits to take the place of this one.
            self._tracing.close(in_haste=self._interrupts.came)

    def _after_user_code(self, call_id: int = 0) -> None:
        """Sends what was printed before a reply; listens to `logging` once it is imported."""
        stdio.flush(call_id)
        if not self._logging and "logging" in sys.modules:
            self._listen_to_logging()

    def _listen_to_logging(self) -> None:
        self._logging = True
        try:
            from .logs import install

            install(self._send_log)
        # The script has left no descriptor, or deleted our files: after a later call, perhaps.
        except (OSError, ImportError):
            self._logging = False

    def _warn(self, text: str) -> None:
        from .logs import own_record

        self._send_log(own_record("warn", text))

    def printing_call(self) -> int:
        """The id of the call whose code prints; 0 for none.

        Its context names it, and that of the tasks that it leaves behind. What threads without one
        print always takes the same way, in calls and between them, or its order would be lost.
        """
        call_id = current_call.get()
        if call_id == 0 and get_ident() == self._thread:
            return self._cancels.plain or self._only_call()
        return call_id

    def is_running(self, call_id: int) -> bool:
        if self._server is not None:
            return self._server.is_running(call_id)
        return call_id == self._cancels.plain

    def _only_call(self) -> int:
        """The id of the only call that runs, 0 if there are none or several."""
        return self._cancels.plain if self._server is None else self._server.only_call()

    def _send_log(self, payload: bytes) -> bool:
        if len(payload) > self._channel.max_frame:
            return False
        # A thread that the script has started counts as part of the only call that runs.
        call_id = self.printing_call() or self._only_call()
        return self._send_output(protocol.LOG, call_id, payload)

    def send_printed(self, fd: int, call_id: int, text: bytes) -> bool:
        return self._send_output(protocol.PRINTED, call_id, protocol.pack_printed(fd, text))

    def _send_output(self, kind: int, call_id: int, payload: bytes) -> bool:
        """Returns whether the frame was sent; may be called from any thread of the script."""
        if not self._forks.mark[0]:
            return False
        try:
            self._interrupts.shield(self._channel.send, kind, call_id, payload)
        except (HostGone, ChannelLost):
            return False
        return True

    def _send(self, kind: int, details: "dict[str, Any]") -> None:
        self._channel.send(kind, 0, encode_details(details))

    def _give_up(self) -> None:
        """In a forked child: closes what only the parent may use."""
        self._channel.close()
        self._tokens.close()
        self._cancels.close()
        if self._trace is not None:
            faulthandler.unregister(_signal.SIGURG)
            os.close(self._trace)


def _import_event_loop() -> None:
    from . import loop_server

    del loop_server


def _call(function: "Callable[..., Any]", *args: "Any") -> "Any":
    return function(*args)


def _environment_wants_tracing(plugin_name: str) -> bool:
    # Most environments do not mention OpenTelemetry: then no plugin needs to be loaded.
    if not plugin_name or "OTEL" not in "".join(os.environ):
        return False
    from .plugin import load_plugin

    variable = load_plugin(plugin_name).tracing_variable
    return variable is not None and os.environ.get(variable, "").lower() in ("true", "1", "yes")


def _complain(text: str) -> None:
    try:
        os.write(2, text.encode("utf-8", "backslashreplace"))
    except OSError:  # the script closed that one, too
        pass
