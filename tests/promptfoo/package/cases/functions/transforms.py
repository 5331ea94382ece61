"""Transforms."""


def get_transform(output, context):
    return f"{output} [{context['vars']['name']}]"


def of_provider(output, context):
    return f"{output} {sorted(context)}"


def of_assertion(output, context):
    return len(str(output))


def of_context(output, context):
    return [f"{output} {sorted(context)}", *context["vars"]]


def of_vars(values, context):
    return {**values, "name": values["name"].title(), "labels": " ".join(sorted(context))}
