"""Test cases."""


def generate_tests(config=None):
    names = (config or {}).get("names", ["nobody"])
    return [{"description": f"generated {name}", "vars": {"name": name}} for name in names]


def some(config):
    return generate_tests({"names": config["names"][:1]})
