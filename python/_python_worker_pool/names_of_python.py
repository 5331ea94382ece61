"""Names in modules of the standard library that not every Python has."""


def _of(module: str, names: str) -> "list[str]":
    return [f"{module}.{name}" for name in names.split()]


# Name -> (the last Python that had it, what to use)
REMOVED_NAMES = {
    "ast.Bytes": ("3.13", "ast.Constant"),
    "ast.NameConstant": ("3.13", "ast.Constant"),
    "ast.Num": ("3.13", "ast.Constant"),
    "ast.Str": ("3.13", "ast.Constant"),
    "asyncio.coroutine": ("3.10", "async def"),
    "base64.decodestring": ("3.8", "base64.decodebytes"),
    "base64.encodestring": ("3.8", "base64.encodebytes"),
    "cgi.escape": ("3.7", "html.escape"),
    "cgi.parse_qs": ("3.7", "urllib.parse.parse_qs"),
    "cgi.parse_qsl": ("3.7", "urllib.parse.parse_qsl"),
    "configparser.SafeConfigParser": ("3.11", "configparser.ConfigParser"),
    "fractions.gcd": ("3.8", "math.gcd"),
    "importlib.find_loader": ("3.11", "importlib.util.find_spec"),
    "inspect.formatargspec": ("3.10", "inspect.signature"),
    "inspect.getargspec": ("3.10", "inspect.getfullargspec"),
    "locale.format": ("3.11", "locale.format_string"),
    "locale.resetlocale": ("3.12", "locale.setlocale"),
    "pkgutil.ImpImporter": ("3.11", "importlib"),
    "pkgutil.ImpLoader": ("3.11", "importlib"),
    "pkgutil.find_loader": ("3.13", "importlib.util.find_spec"),
    "pkgutil.get_loader": ("3.13", "importlib.util.find_spec"),
    "platform.dist": ("3.7", "the package distro"),
    "platform.linux_distribution": ("3.7", "the package distro"),
    "ssl.match_hostname": ("3.11", "ssl.SSLContext"),
    "ssl.wrap_socket": ("3.11", "ssl.SSLContext.wrap_socket"),
    "time.clock": ("3.7", "time.perf_counter"),
    "unittest.findTestCases": ("3.12", "unittest.TestLoader"),
    "unittest.makeSuite": ("3.12", "unittest.TestLoader"),
}
REMOVED_NAMES.update(
    (name, ("3.9", name.replace(".", ".abc.")))
    for name in _of(
        "collections",
        "AsyncGenerator AsyncIterable AsyncIterator Awaitable Callable Collection Container"
        " Coroutine Generator Hashable ItemsView Iterable Iterator KeysView Mapping MappingView"
        " MutableMapping MutableSequence MutableSet Reversible Sequence Set Sized ValuesView",
    )
)

# Name of Python 2 -> of Python 3
PYTHON_2_NAMES = {
    "itertools.ifilter": "filter",
    "itertools.imap": "map",
    "itertools.izip": "zip",
    "itertools.izip_longest": "itertools.zip_longest",
    "os.errno": "the module errno",
    "os.getcwdu": "os.getcwd",
    "string.join": "str.join",
    "string.letters": "string.ascii_letters",
    "string.lowercase": "string.ascii_lowercase",
    "string.maketrans": "str.maketrans",
    "string.uppercase": "string.ascii_uppercase",
    "sys.maxint": "sys.maxsize",
    "types.DictType": "dict",
    "types.IntType": "int",
    "types.ListType": "list",
    "types.StringType": "str",
    "types.StringTypes": "str",
    "types.UnicodeType": "str",
    "urllib.urlopen": "urllib.request.urlopen",
    "urllib.urlretrieve": "urllib.request.urlretrieve",
}
PYTHON_2_NAMES.update(
    (name, name.replace(".", ".parse."))
    for name in _of("urllib", "quote quote_plus unquote unquote_plus urlencode")
)

# Name -> the first Python that has it. What `typing` got later is in typing_extensions, too.
ADDED_NAMES = {
    name: version
    for version, names in (
        ("3.8", _of("functools", "cached_property singledispatchmethod")),
        ("3.8", _of("math", "dist prod")),
        ("3.8", _of("typing", "Final Literal Protocol TypedDict final runtime_checkable")),
        ("3.9", _of("asyncio", "to_thread")),
        ("3.9", _of("functools", "cache")),
        ("3.9", _of("math", "lcm")),
        ("3.9", _of("importlib.resources", "files")),
        ("3.9", _of("typing", "Annotated")),
        ("3.10", _of("contextlib", "aclosing")),
        ("3.10", _of("dataclasses", "KW_ONLY")),
        ("3.10", _of("inspect", "get_annotations")),
        ("3.10", _of("itertools", "pairwise")),
        ("3.10", _of("types", "NoneType UnionType")),
        ("3.10", _of("typing", "Concatenate ParamSpec TypeAlias TypeGuard is_typeddict")),
        ("3.11", _of("asyncio", "Runner TaskGroup timeout")),
        ("3.11", _of("contextlib", "chdir")),
        ("3.11", _of("datetime", "UTC")),
        ("3.11", _of("enum", "ReprEnum StrEnum")),
        ("3.11", _of("hashlib", "file_digest")),
        ("3.11", _of("typing", "LiteralString Never NotRequired Required Self TypeVarTuple")),
        ("3.11", _of("typing", "Unpack assert_never assert_type dataclass_transform reveal_type")),
        ("3.12", _of("collections.abc", "Buffer")),
        ("3.12", _of("itertools", "batched")),
        ("3.12", _of("typing", "TypeAliasType override")),
        ("3.13", _of("copy", "replace")),
        ("3.13", _of("queue", "ShutDown")),
        ("3.13", _of("typing", "NoDefault ReadOnly TypeIs")),
        ("3.13", _of("warnings", "deprecated")),
    )
    for name in names
}
