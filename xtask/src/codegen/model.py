"""Prints the facts of botocore's IAM and STS service models as one JSON document, without any prose."""

import json
import sys

from botocore.loaders import Loader

SERVICES = [("iam", "2010-05-08"), ("sts", "2011-06-15")]

# The model leaves these unmarked, although who holds the value holds the session.
ALSO_SENSITIVE = {("sts", "tokenType")}


def reference(value):
    return value["shape"] if value else None


def shape(service, name, facts):
    return {
        "name": name,
        "type": facts["type"],
        "min": facts.get("min"),
        "max": facts.get("max"),
        "pattern": facts.get("pattern"),
        "enum": facts.get("enum"),
        "sensitive": bool(facts.get("sensitive")) or (service, name) in ALSO_SENSITIVE,
        "element": reference(facts.get("member") or facts.get("value")),
        "key": reference(facts.get("key")),
        "required": facts.get("required", []),
        "members": [[member, value["shape"]] for member, value in facts.get("members", {}).items()],
    }


def error(facts, name):
    stated = facts.get("error", {})
    return [stated.get("code", name), stated.get("httpStatusCode", 400)]


def operation(model, pages, name, facts):
    page = pages.get(name)
    results = page["result_key"] if page else []
    return {
        "name": name,
        "input": reference(facts.get("input")),
        "output": reference(facts.get("output")),
        "errors": [error(model["shapes"][e["shape"]], e["shape"]) for e in facts.get("errors", [])],
        "signed": facts.get("authtype") != "none",
        "pages": [results] if isinstance(results, str) else results,
    }


def service(loader, name, version):
    model = loader.load_service_model(name, "service-2", version)
    pages = loader.load_service_model(name, "paginators-1", version)["pagination"]
    return {
        "service": name,
        "version": version,
        "operations": [operation(model, pages, *item) for item in sorted(model["operations"].items())],
        "shapes": [shape(name, *item) for item in sorted(model["shapes"].items())],
    }


# The project's pinned models count, not what the person who runs this has put beside them.
loader = Loader(include_default_search_paths=False, extra_search_paths=[Loader.BUILTIN_DATA_PATH])
json.dump([service(loader, *item) for item in SERVICES], sys.stdout)
