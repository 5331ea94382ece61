"""References in the configuration of a provider."""


def get_config():
    return {"limit": 3}


def load():
    return ["one", "two"]
