"""A worker's life: take the channel, load the script, serve calls, end.

Exit codes: 0 when the host is gone or has closed the channel, 1 when the script cannot be loaded,
70 when the channel fails or the host violates the protocol.
"""

import faulthandler
import os
import sys
from _thread import get_ident

from . import protocol, script, stdio
from .channel import Channel, ChannelLost, HostGone
from .codec import encode_details
from .forks import Forks
from .interrupts import Interrupts
from .protocol import ProtocolError
from .start_tokens import NoTokens, StartTokens

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal
    from typing import Any, Callable, Iterator

    from .calls import Calls
    from .protocol import Frame, Init
    from .tracing import Tracing
else:
    import _signal

# Without flags first: most calls are among them.
_CALLS = tuple(
    kind | flags * protocol.FLAG
    for flags in range((protocol.ARRAYS_AS_LISTS | protocol.NAN_AS_NULL) + 1)
    for kind in (protocol.CALL, protocol.CALL_WITH_BUFFERS, protocol.CALL_WITH_KEYWORDS)
)

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
        stdio.flush()
        os._exit(code)


class Worker:
    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._interrupts = Interrupts()
        self._forks = Forks()
        self._trace: int | None = None
        self._tokens: StartTokens | NoTokens = NoTokens()
        self._thread = get_ident()
        self._async_call: Callable[[], int] = int  # of the context; none, until there are calls
        self._call_id = 0  # of the running call, where there is one only
        self._logging = False  # whether log records are sent as frames

    def live(self) -> int:
        """Returns the exit code."""
        frames = self._channel.frames()
        frame = next(frames, None)
        if frame is None:
            return 0
        init = self._begin(frame)
        calls = self._load(init)
        if calls is None:
            return EXIT_LOAD_FAILED
        self._channel.expect_calls()
        try:
            self._serve(frames, calls)
        finally:
            stdio.expect_no_calls()
            calls.close()
        return 0

    def _begin(self, frame: "Frame") -> "Init":
        """Makes the process a worker, as INIT says; no user code has run yet."""
        kind, _, payload = frame
        if kind != protocol.INIT:
            raise ProtocolError(f"expected INIT, got a frame of kind {kind}")
        init = protocol.Init(payload)
        try:
            stdio.open_streams(init.log_handle, self._printing_call, self._send_printed)
            self._trace = stdio.take_private(init.trace_handle)
            tokens = stdio.take_private(init.tokens_handle)
        except (OSError, OverflowError) as error:
            raise ProtocolError(f"INIT names a pipe that does not exist: {error}") from error
        if tokens is not None:
            self._tokens = StartTokens(tokens)
        faulthandler.enable(2)
        if self._trace is not None:
            faulthandler.register(_signal.SIGURG, file=self._trace)
        self._interrupts.install()
        self._forks.watch(self._give_up)
        self._channel.max_frame = init.max_frame
        self._channel.send_preamble(init.preamble)
        self._channel.send(protocol.HELLO, 0, b"")
        script.plugin_name = init.plugin
        return init

    def _load(self, init: "Init") -> "Calls | None":
        """Returns what serves calls, or None after the host was sent the reason."""
        try:
            loaded = self._interrupts.run(self._load_script, init)
            if self._interrupts.run(loaded.is_async, init.function):
                # In the first call, it would take so long that the host gives the call to another.
                self._interrupts.run(_import_event_loop)
            self._forks.end_child()
            tracing, warning = self._interrupts.run(self._start_tracing, init)
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
        self._send(protocol.READY, {"warning": warning})
        # Imported only now: the host is busy with READY meanwhile.
        from .calls import Calls, current_call

        self._async_call = current_call.get
        self._forks.expect_calls()
        return Calls(loaded, self._interrupts, self._forks, init, tracing)

    def _load_script(self, init: "Init") -> script.Script:
        if self._interrupts.came:  # after HELLO, and before an exception could be raised here
            raise KeyboardInterrupt
        if init.script_kind == protocol.MODULE:
            return script.load_module(str(init.script, "utf-8"))
        return script.load(os.fsdecode(init.script))

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

    def _serve(self, frames: "Iterator[Frame]", calls: "Calls") -> None:
        may_start, answer, send = self._tokens.take, calls.answer, self._channel.send
        for kind, call_id, payload in frames:
            if kind not in _CALLS:
                self._answer_ping(kind)
            elif may_start(call_id):
                self._call_id = call_id
                reply_kind, reply = answer(kind, call_id, payload)
                self._after_user_code()
                self._call_id = 0
                send(reply_kind, call_id, reply)
                del reply  # or it would be kept, and with it memory of the script's
            del payload

    def _answer_ping(self, kind: int) -> None:
        if kind != protocol.PING:
            raise ProtocolError(f"expected CALL, got a frame of kind {kind}")
        self._tokens.take(0)
        self._channel.send(protocol.PONG, 0, b"")

    def _after_user_code(self) -> None:
        """Sends what was printed before the reply; listens to `logging` once it is imported."""
        stdio.flush()
        if not self._logging and "logging" in sys.modules:
            try:
                from .logs import install

                install(self._send_log)
                self._logging = True
            # The script has left no descriptor, or deleted our files: after a later call, perhaps.
            except (OSError, ImportError):
                pass

    def _warn(self, text: str) -> None:
        from .logs import own_record

        self._send_log(own_record("warn", text))

    def _printing_call(self) -> int:
        """The id of the call whose code prints; 0 for none.

        The context of an async call names it, for the tasks that it leaves behind; a plain function
        is all that runs on this thread. What other threads print always takes the same way, in
        calls and between them, or its order would be lost.
        """
        call_id = self._async_call()
        return self._call_id if call_id == 0 and get_ident() == self._thread else call_id

    def _send_log(self, payload: bytes) -> bool:
        if len(payload) > self._channel.max_frame:
            return False
        # A thread that the script has started counts as part of the call that runs.
        call_id = self._async_call() or self._call_id
        return self._send_output(protocol.LOG, call_id, payload)

    def _send_printed(self, fd: int, call_id: int, text: bytes) -> bool:
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
        if self._trace is not None:
            faulthandler.unregister(_signal.SIGURG)
            os.close(self._trace)


def _import_event_loop() -> None:
    from . import event_loop

    del event_loop


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
