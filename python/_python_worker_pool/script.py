"""The user's file: loaded once, a module like any other; functions are looked up for each call."""

import os
import sys
from _frozen_importlib import module_from_spec
from _frozen_importlib_external import SourceFileLoader, spec_from_file_location


class Script:
    def __init__(self, name, module):
        self.name = name  # as the user knows it: the file's, without suffix
        self.module = module

    def find(self, name):
        """Returns what a dotted name means now. Raises FunctionNotFound or TypeError."""
        try:
            target = getattr(self.module, name) if "." not in name else self._walk(name)
        except AttributeError:
            from .missing import function_not_found

            raise function_not_found(self.module, self.name, name) from None
        if not callable(target):
            raise TypeError(
                f"'{name}' in module '{self.name}' is not callable: it is a {type(target).__name__}"
            )
        return target

    def _walk(self, name):
        target = self.module
        for part in name.split("."):
            target = getattr(target, part)
        return target


def load(path):
    """Imports the script. Raises whatever its code raises."""
    path = os.path.abspath(path)
    if not os.path.exists(path):
        raise FileNotFoundError(f"the Python script does not exist: {path}")
    folder, file = os.path.split(path)
    sys.argv = [path]
    if folder not in sys.path:
        sys.path.insert(0, folder)
    stem = stem_of(file)
    name = alias(stem) if _is_taken(stem) else stem
    if name != stem or "." in stem:
        from .finder import install

        install(path)
    spec = spec_from_file_location(name, path, loader=SourceFileLoader(name, path))
    module = module_from_spec(spec)
    # Registered before its code runs: dataclasses, pickle and multiprocessing look it up.
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return Script(stem, sys.modules.get(name, module))


def stem_of(path):
    """The name of a file without its last suffix."""
    file = os.path.basename(path)
    return file.rpartition(".")[0] or file


def alias(stem):
    """The name of a module whose own name is taken."""
    return f"_script_{stem}"


def _is_taken(stem):
    if stem in sys.modules:
        return True
    from .stdlib import is_stdlib

    return is_stdlib(stem)
