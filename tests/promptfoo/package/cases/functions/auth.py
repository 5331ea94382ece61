"""Authentication of the HTTP provider."""


def get_auth(context):
    return {"token": f"{context['vars']['name']}-{context['prompt']['raw']}"}
