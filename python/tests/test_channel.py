"""The channel over plain pipes, without a worker."""

import os
import unittest

from _python_worker_pool import protocol
from _python_worker_pool.channel import Channel, ChannelLost, HostGone


class Sending(unittest.TestCase):
    def setUp(self):
        self.read, write = os.pipe()
        null = os.open(os.devnull, os.O_RDONLY)
        self.channel = Channel(null, write)
        self.addCleanup(self.channel.close)
        self.addCleanup(self.close_host)

    def close_host(self):
        if self.read is not None:
            os.close(self.read)
            self.read = None

    def received(self):
        data = os.read(self.read, 65536)
        frames = []
        while data:
            kind, call_id, length = protocol.unpack_header(data[:16])
            frames.append((kind, call_id, data[16 : 16 + length]))
            data = data[16 + length :]
        return frames

    def test_a_frame_sent_in_the_middle_of_another_follows_it(self):
        write = self.channel._write

        def logging_write(data):
            self.channel._write = write
            write(data[:5])
            self.channel.send(8, 0, b"log")
            write(data[5:])

        self.channel._write = logging_write
        self.channel.send(4, 1, b"result")
        self.assertEqual(self.received(), [(4, 1, b"result"), (8, 0, b"log")])

    def test_nothing_is_sent_after_a_frame_that_was_left_half_written(self):
        def interrupted_write(data):
            raise TimeoutError("alarm")

        write, self.channel._write = self.channel._write, interrupted_write
        with self.assertRaises(TimeoutError):
            self.channel.send(8, 0, b"log")
        self.channel._write = write
        with self.assertRaisesRegex(ChannelLost, "interrupted by a signal handler"):
            self.channel.send(4, 1, b"result")

    def test_a_host_that_is_gone_stays_gone(self):
        self.close_host()
        for _ in range(2):
            with self.assertRaises(HostGone):
                self.channel.send(4, 1, b"result")

    def test_closed_descriptors_are_our_own_end(self):
        self.channel.close()
        with self.assertRaises(ChannelLost):
            self.channel.send(4, 1, b"result")
        with self.assertRaises(ChannelLost):
            next(self.channel.frames())
