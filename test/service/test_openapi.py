"""The OpenAPI document against the embedded service, the operations and the models."""

from __future__ import annotations

import importlib
import pkgutil
import re
import subprocess
import sys

import pytest
from openapi_document import DOCUMENT, PATH

import tracking_client
import tracking_client.api
from tracking_client.api._operation import Operation
from tracking_client.service import BASE_PATH
from tracking_client.service.application import _ROUTES

# Disables hypothesis.target, because targeted search raises IndexError within hypothesis for some seeds.
SCHEMATHESIS = """
import hypothesis
hypothesis.target = lambda observation, *, label="": observation
from schemathesis.cli import schemathesis
schemathesis()
"""

# The check expects all that a path describes as soon as the POST above it has succeeded. But a sample has neither a QC
# result nor a status at first, and a file whose md5sum contains a slash cannot be found, as in the real service.
EXCLUDED_CHECK = "ensure_resource_availability"


@pytest.fixture
def document():
    """Return the parsed OpenAPI document."""
    return DOCUMENT


@pytest.mark.slow
def test_schemathesis_finds_no_failures(host, tmp_path):
    pytest.importorskip("schemathesis")
    command = [sys.executable, "-c", SCHEMATHESIS, "run", str(PATH), "--url", host, "--checks", "all"]
    options = [
        "--exclude-checks",
        EXCLUDED_CHECK,
        "--max-examples",
        "10",
        "--no-color",
        "--generation-database",
        "none",
    ]
    done = subprocess.run(
        [*command, *options],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Tested: 22" in done.stdout


def test_routes_match_the_document(document):
    documented = {
        (path, method.upper())
        for path, operations in document["paths"].items()
        for method in operations
        if method != "parameters"
    }
    served = set()
    for rule in _ROUTES.iter_rules():
        path = rule.rule.removeprefix(BASE_PATH).replace("<", "{").replace(">", "}")
        served |= {(path, method) for method in rule.methods}
    # Every resource supports OPTIONS, and HEAD if it supports GET (RFC 9110, section 9.3), documented or not.
    assert {entry for entry in served if entry[1] not in ("HEAD", "OPTIONS")} == {
        entry for entry in documented if entry[1] != "HEAD"
    }
    assert served >= documented
    assert len(documented) == 22


def resolve(document, node):
    """Return the node, or the part of the document that its ``$ref`` points to."""
    if "$ref" not in node:
        return node
    for key in node["$ref"].split("/")[1:]:
        document = document[key]
    return document


def type_name(schema):
    """Return the type name that a generated client uses for a schema."""
    if schema is None:
        return None
    if schema.get("type") == "array":
        return f"list[{type_name(schema['items'])}]"
    return schema["$ref"].rpartition("/")[2]


def operations_of_the_api():
    """Yield the operations in all modules of API classes."""
    for module in pkgutil.iter_modules(tracking_client.api.__path__):
        if module.name.endswith("_api"):
            values = vars(importlib.import_module(f"tracking_client.api.{module.name}")).values()
            yield from (value for value in values if isinstance(value, Operation))


def test_operations_match_the_document(document):
    documented = []
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if method == "parameters":
                continue
            name = re.sub(r"[{}]", "", f"{path}/{method}").strip("/").replace("/", "_").replace("-", "_")
            (success,) = [
                resolve(document, response)
                for status, response in operation["responses"].items()
                if status.startswith("2")
            ]
            schema = success.get("content", {}).get("application/json", {}).get("schema")
            body_name = operation.get("x-codegen-request-body-name")
            documented.append((name, method.upper(), path, type_name(schema), body_name))
    implemented = [
        (
            value.name,
            value.method,
            value.path,
            value.response_type_name,
            value.body_validator[0] if value.body_validator else None,
        )
        for value in operations_of_the_api()
    ]
    assert documented
    assert sorted(implemented, key=lambda entry: entry[0]) == sorted(documented, key=lambda entry: entry[0]), (
        "docs/openapi.yaml and the Operations in tracking_client/api/<resource>_api.py have to agree"
    )


MODELS = [name for name, schema in DOCUMENT["components"]["schemas"].items() if "properties" in schema]
MODELS.remove("Problem")  # the body of the responses to invalid requests, for which the client has no model


def test_document_describes_the_models():
    assert sorted(MODELS) == ["Error", "Event", "File", "QcResult", "Sample", "Status"]


@pytest.mark.parametrize("name", MODELS)
def test_models_match_the_document(document, name):
    schema = document["components"]["schemas"][name]
    model = getattr(tracking_client, name)
    assert list(model.attribute_map.values()) == list(schema["properties"])
    assert [each.key for each in model._fields if each.is_required] == schema.get("required", [])
    types = {"string": "str", "integer": "int", "number": "float"}
    for attribute, key in model.attribute_map.items():
        property_ = resolve(document, schema["properties"][key])
        assert model.openapi_types[attribute] == types[property_["type"]]
        assert list(model.allowed_values.get(attribute, ())) == property_.get("enum", [])
