"""Text that is printed in a call is sent with the call's id; other text goes to the descriptors."""

import os

from .client import WorkerTest


class Printing(WorkerTest):
    def of_calls(self, worker):
        """What was printed, joined for each call and descriptor."""
        texts = {}
        for call_id, fd, text in worker.printed:
            texts[call_id, fd] = texts.get((call_id, fd), "") + text
        return texts

    def written_to(self, worker, file):
        return os.pread(file.fileno(), 1 << 20, 0).decode()

    def test_text_of_a_plain_call_is_sent_before_its_reply(self):
        worker = self.ready(
            r"""
            import sys
            print("imported")
            def call():
                print("é\ud800", "two")
                print("error", file=sys.stderr)
                sys.stdout.write("no newline")
            """
        )
        worker.result("call")
        sent = {(1, 1): "é\\ud800 two\nno newline", (1, 2): "error\n"}
        self.assertEqual(self.of_calls(worker), sent)
        self.assertEqual(self.written_to(worker, worker._stdout), "imported\n")
        self.assertEqual(worker.stderr(), "error\n")

    def test_a_line_is_sent_at_once_and_a_piece_when_it_is_flushed(self):
        worker = self.ready(
            """
            import sys
            def call():
                sys.stdout.writelines(["a", "b\\n"]); print("c", end=""); print("d", flush=True)
                print("e", end="", flush=True)
            """,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},  # is the same
        )
        worker.result("call")
        self.assertEqual([text for _, _, text in worker.printed], ["ab\n", "cd\n", "e"])

    def test_text_of_a_task_belongs_to_the_call_that_started_it(self):
        worker = self.ready(
            """
            import asyncio, sys
            async def speak(text):
                await asyncio.sleep(0)
                print(text)
            async def call(text):
                print("begin", text)
                await asyncio.gather(speak(text), speak(text))
                if hasattr(asyncio, "to_thread"): await asyncio.to_thread(print, text)
                else: await speak(text)
            async def leave(): global left; left = asyncio.ensure_future(later())
            async def later():
                await asyncio.sleep(0.01)
                print("left behind")
            async def collect():
                print("collecting"); await left
            """
        )
        worker.result("call", "one")
        worker.result("call", "two")
        expected = {(1, 1): "begin one\n" + "one\n" * 3, (2, 1): "begin two\n" + "two\n" * 3}
        self.assertEqual(self.of_calls(worker), expected)
        worker.result("leave")
        worker.result("collect")
        texts = self.of_calls(worker)
        self.assertEqual((texts[3, 1], texts[4, 1]), ("left behind\n", "collecting\n"))

    def test_records_of_a_task_belong_to_the_call_that_started_it(self):
        worker = self.ready(
            """
            import asyncio, logging
            async def later():
                await asyncio.sleep(0.01)
                logging.warning("left behind")
            async def leave(): global left; left = asyncio.ensure_future(later())
            async def collect(): logging.warning("collecting"); await left
            """
        )
        worker.result("leave")
        worker.result("collect")
        logged = [(frame.call_id, frame.value["message"]) for frame in worker.logs]
        self.assertEqual(logged, [(2, "collecting"), (1, "left behind")])

    def test_other_threads_print_to_the_descriptor_and_log_for_the_running_call(self):
        worker = self.ready(
            """
            import logging, threading
            def work(): print("printed"); logging.warning("logged")
            def call():
                thread = threading.Thread(target=work)
                thread.start(); thread.join()
            """
        )
        worker.result("call")
        self.assertEqual(worker.printed, [])
        self.assertEqual(worker.stdout(), "printed\n")
        self.assertEqual([frame.call_id for frame in worker.logs], [1])

    def test_a_descriptor_that_the_script_redirects_gets_the_text(self):
        worker = self.ready(
            """
            import os, tempfile
            def call():
                with tempfile.TemporaryFile() as file:
                    kept = os.dup(1); os.dup2(file.fileno(), 1)
                    print("into the file")
                    os.dup2(kept, 1); os.close(kept)
                    print("to the host")
                    return os.pread(file.fileno(), 100, 0).decode()
            """
        )
        self.assertEqual(worker.result("call"), "into the file\n")
        self.assertEqual(self.of_calls(worker), {(1, 1): "to the host\n"})

    def test_streams_behave_as_those_of_python(self):
        worker = self.ready(
            """
            import io, os, sys
            def facts():
                out = sys.stdout
                return [isinstance(out, io.TextIOWrapper), out is sys.__stdout__, out.fileno(),
                        out.encoding, out.errors, out.mode, out.name, out.writable(), out.isatty()]
            def wrong():
                try: sys.stdout.write(b"bytes")
                except TypeError: return "TypeError"
            def reconfigure():
                sys.stdout.reconfigure(errors="strict", line_buffering=False)
                print("still sent")
            def through_buffer(): sys.stdout.buffer.write(b"raw\\n")
            def close():
                sys.stdout.close()
                try: print("no")
                except ValueError: return "ValueError"
            """
        )
        facts = [True, True, 1, "utf-8", "backslashreplace", "w", "<stdout>", True, False]
        self.assertEqual(worker.result("facts"), facts)
        self.assertEqual(worker.result("wrong"), "TypeError")
        worker.result("reconfigure")
        self.assertEqual(self.of_calls(worker), {(3, 1): "still sent\n"})
        worker.result("through_buffer")
        self.assertEqual(self.written_to(worker, worker._stdout), "raw\n")
        self.assertEqual(worker.result("close"), "ValueError")
        self.assertEqual(worker.end(), 0)

    def test_a_forked_child_prints_to_the_descriptor(self):
        worker = self.ready(
            """
            import os
            def call():
                pid = os.fork()
                if pid == 0: print("child"); return
                os.waitpid(pid, 0)
                print("parent")
            """
        )
        worker.result("call")
        self.assertEqual(self.of_calls(worker), {(1, 1): "parent\n"})
        self.assertEqual(self.written_to(worker, worker._stdout), "child\n")

    def test_long_text_is_sent_in_pieces(self):
        worker = self.ready("def call(n): print('é' * n)", max_payload=100)
        worker.result("call", 1 << 20)
        self.assertLessEqual(max(len(text.encode()) for _, _, text in worker.printed), 1 << 16)
        self.assertEqual(worker.stdout(), "é" * (1 << 20) + "\n")

    def test_an_interrupt_does_not_tear_a_frame(self):
        worker = self.ready(
            """
            import os, signal, threading
            def call():
                interrupt = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT))
                interrupt.start()
                while True: print("x" * 100)
            def fine(): return "fine"
            """
        )
        self.assertEqual(worker.call("call").kind, "RAISED")
        self.assertEqual(worker.result("fine"), "fine")
        # Python itself writes the newline of a `print` apart.
        self.assertEqual(set(worker.stdout().replace("x" * 100, "X")), {"X", "\n"})

    def test_text_at_the_end_of_the_worker_keeps_its_order(self):
        worker = self.ready(
            """
            import asyncio, atexit
            async def forever():
                try: await asyncio.sleep(1000)
                finally: print("cancelled")
            async def call():
                asyncio.ensure_future(forever())
                await asyncio.sleep(0)
            atexit.register(print, "exit")
            """
        )
        worker.result("call")
        self.assertEqual(worker.end(), 0)
        self.assertEqual(worker.printed, [])
        self.assertEqual(worker.stdout(), "cancelled\nexit\n")
