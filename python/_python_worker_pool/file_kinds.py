"""What a file is that Python cannot run as a script, and what to do about it."""

import os

from .stdlib import stdlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

_MAX_READ = 1 << 20

# How files begin that are no text.
_MAGIC = (
    (b"PK\x03\x04", "a zip archive", "Unpack it, and name the script in it."),
    (b"\x1f\x8b", "a gzip archive", "Unpack it, and name the script in it."),
    (b"\x7fELF", "a program or library in machine code", "Name a Python script."),
    (b"\xcf\xfa\xed\xfe", "a program or library in machine code", "Name a Python script."),
    (b"MZ", "a program or library in machine code", "Name a Python script."),
    (b"%PDF", "a PDF document", "Name a Python script."),
)

# The byte order mark of UTF-32 begins with that of UTF-16.
_MARKS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)

_OTHER_LANGUAGES = {
    "js": "JavaScript",
    "mjs": "JavaScript",
    "cjs": "JavaScript",
    "jsx": "JavaScript",
    "ts": "TypeScript",
    "mts": "TypeScript",
    "cts": "TypeScript",
    "tsx": "TypeScript",
    "rb": "Ruby",
    "sh": "a shell script",
    "html": "HTML",
    "json": "JSON",
    "yaml": "YAML",
    "yml": "YAML",
    "toml": "TOML",
    "md": "Markdown",
}

_JAVASCRIPT = (
    r"^\s*(?:(?:export\s+)?(?:const|let|var)\s+[\w${\[]"
    r"|(?:export\s+)?(?:default\s+)?(?:async\s+)?function\b"
    r"|export\s+(?:default\b|\{|class\b)|import\s+(?:[\w*${][^'\"]*\sfrom\s+)?['\"]"
    r"|module\.exports\b|exports\.\w|['\"]use strict['\"]|//)"
)

_PYTHON_2 = (
    (r"^\s*print\s+[^\s=(.,:)\[]|^\s*print\s*$|^\s*print\s*>>", "a print statement"),
    (r"^\s*exec\s+[^\s=(.]", "an exec statement"),
    (r"^\s*except\s+[\w.()\s,]+?,\s*\w+\s*:", "an 'except ..., name' clause"),
    (r"^\s*raise\s+[\w.]+\s*,", "a 'raise ..., message' statement"),
    (r"^[^'\"]*<>", "the operator <>"),
    (r"^[^'\"]*`", "backquotes"),
    (r"^[^'\"]*\b(?:0[0-7]+|\d+[lL])\b", "a number in its notation"),
    (r"\b[uU][rR]['\"]", "a string in its notation"),
)


def explain(path: str, error: "BaseException | None" = None) -> "str | None":
    """What the file at `path` is if it is no Python script, with `error` from its import."""
    try:
        if os.path.isdir(path):
            return _folder(path)
        with open(path, "rb") as file:
            data = file.read(_MAX_READ)
    except (OSError, ValueError):
        return None
    return _binary(path, data) or _text(path, data, error)


def _folder(path: str) -> str:
    if os.path.exists(os.path.join(path, "__init__.py")):
        parent, name = os.path.split(os.path.abspath(path))
        return (
            f"{path} is a package. Name it as a module, {{ module: '{name}' }}, with the option "
            f"cwd set to {parent}."
        )
    return f"{path} is a folder. Name the script in it."


def _binary(path: str, data: bytes) -> "str | None":
    if data[2:4] == b"\r\n" and (path.endswith(".pyc") or b"\0" in data[:16]):
        return (
            f"{path} is compiled Python, which only one version of Python can run. {_source(path)}"
        )
    for magic, kind, remedy in _MAGIC:
        if data.startswith(magic):
            return f"{path} is {kind}, not a Python script. {remedy}"
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return f"{path} is {encoding}, which Python cannot read. Save it as UTF-8."
    nul = data.find(b"\0")
    if nul < 0:
        return None
    head = data[: 1 << 12]
    if max(head[::2].count(0), head[1::2].count(0)) * 2 > len(head) // 2:
        return f"{path} is UTF-16, which Python cannot read. Save it as UTF-8."
    line = data.count(b"\n", 0, nul) + 1
    return (
        f"{path} contains NUL bytes, the first on line {line}: it is damaged, or not a Python "
        "script. Save it again as UTF-8 text."
    )


def _source(path: str) -> str:
    folder, file = os.path.split(path)
    if os.path.basename(folder) == "__pycache__":
        folder = os.path.dirname(folder)
    source = os.path.join(folder, file.partition(".")[0] + ".py")
    if source != path and os.path.exists(source):
        return f"Name its source, {source}."
    return "Name its source, a .py file."


def _text(path: str, data: bytes, error: "BaseException | None") -> "str | None":
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as undecodable:
        if len(data) == _MAX_READ or not isinstance(error, SyntaxError):
            return None
        line = data.count(b"\n", 0, undecodable.start) + 1
        return (
            f"{path} is not UTF-8 (line {line}). Save it as UTF-8, or name its encoding in its "
            "first line, such as `# -*- coding: latin-1 -*-`."
        )
    if not any(line.partition("#")[0].strip() for line in text.splitlines()):
        return f"{path} is empty, so it has no functions. Write the script, and save it."
    for look in (_notebook, _pointer):
        found = look(path, text)
        if found:
            return found
    if isinstance(error, SyntaxError):
        for explained in (_conflict, _other_language, _python_2):
            found = explained(path, text, error)
            if found:
                return found
    return None


def _notebook(path: str, text: str) -> "str | None":
    is_json = text.lstrip().startswith("{")
    if is_json and '"nbformat"' in text and '"cells"' in text:
        return (
            f"{path} is a Jupyter notebook. Convert it to a script, for example with: "
            f"jupyter nbconvert --to script {os.path.basename(path)}"
        )
    if is_json and path.endswith((".json", ".ipynb")):
        return f"{path} is JSON, not Python. Name a Python script."
    return None


def _pointer(path: str, text: str) -> "str | None":
    if text.startswith("version https://git-lfs"):
        return f"{path} is a pointer of Git LFS, not the file itself. Get it with: git lfs pull"
    if text.lstrip()[:15].lower().startswith(("<!doctype", "<html")):
        return (
            f"{path} is HTML, not Python. If it was downloaded, download the file itself ('Raw' on "
            "GitHub)."
        )
    return None


def _conflict(path: str, text: str, error: SyntaxError) -> "str | None":
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith(("<<<<<<< ", ">>>>>>> ")):
            return f"{path} has an unresolved merge conflict on line {number}. Resolve it."
    return None


def _other_language(path: str, text: str, error: SyntaxError) -> "str | None":
    suffix = os.path.basename(path).rpartition(".")[2].lower()
    language = _OTHER_LANGUAGES.get(suffix)
    if language is None and _first_line_runs(text, "sh"):
        language = "a shell script"
    if language is None and _is_javascript(text):
        language = "JavaScript"
    return language and f"{path} is {language}, not Python. Name a Python script."


def _first_line_runs(text: str, program: str) -> bool:
    first = text.partition("\n")[0]
    return first.startswith("#!") and first.rstrip().endswith(program)


def _is_javascript(text: str) -> bool:
    """Whether the first lines of code are JavaScript's; Python has neither `//` nor `const`."""
    search: Callable[..., object] = stdlib("re").search
    if _first_line_runs(text, "node"):
        return True
    code = [line for line in text.splitlines() if line.strip(" \t;{}()")][:20]
    return bool(code) and (
        search(_JAVASCRIPT, code[0]) is not None
        or code[0].lstrip().startswith("/*")
        or sum(search(_JAVASCRIPT, line) is not None for line in code) > 1
    )


def _python_2(path: str, text: str, error: SyntaxError) -> "str | None":
    search: Callable[..., object] = stdlib("re").search
    lines = text.splitlines()
    number = error.lineno or 0
    line = lines[number - 1] if 0 < number <= len(lines) else ""
    for pattern, what in _PYTHON_2:
        if search(pattern, line.partition("#")[0]):
            return (
                f"{path} is Python 2: line {number} has {what}. Port it to Python 3; the program "
                "2to3 does most of that."
            )
    return None
