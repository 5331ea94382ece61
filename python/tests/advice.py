"""Scripts that fail in their import, and what is advised."""

import os

from .client import Worker, WorkerTest


class AdviceTest(WorkerTest):
    def fill(self, files):
        """Writes files, of text or bytes, and returns the path of the first."""
        for name, content in files.items():
            path = os.path.join(self.folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(content if isinstance(content, bytes) else content.encode("utf-8"))
        return os.path.join(self.folder, next(iter(files)))

    def failure(self, files, script=None, **options):
        script = script or self.fill(files)
        # Without site-packages: there, the modules that these tests miss may be installed.
        worker = Worker(script, cwd=self.folder, python_args=("-S",), **options)
        self.addCleanup(worker.close)
        frame = worker.init()
        self.assertEqual(frame.kind, "LOAD_FAILED", frame.payload)
        return frame.value

    def advice(self, code, **files):
        return self.failure({"a.py": code, **files})["advice"]

    def text(self, files, script=None):
        advice = self.failure(files, script)["advice"]
        self.assertEqual((advice["package"], advice["folder"]), (None, None))
        return advice["text"]
