"""The OpenAPI document against the embedded service, the operations and the models."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tracking_client import Error, File
from tracking_client.api import file_api
from tracking_client.api.operation import Operation
from tracking_client.service import BASE_PATH
from tracking_client.service.application import _ROUTES

DOCUMENT = Path(__file__).parents[2] / "docs" / "openapi.yaml"

# Disables hypothesis.target, because targeted search raises IndexError within hypothesis for some seeds.
SCHEMATHESIS = """
import hypothesis
hypothesis.target = lambda observation, *, label="": observation
from schemathesis.cli import schemathesis
schemathesis()
"""


@pytest.fixture(scope="module")
def document():
    """Return the parsed OpenAPI document."""
    return yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))


def test_schemathesis_finds_no_failures(host, tmp_path):
    pytest.importorskip("schemathesis")
    command = [sys.executable, "-c", SCHEMATHESIS, "run", str(DOCUMENT), "--url", host, "--checks", "all"]
    options = ["--max-examples", "30", "--no-color", "--generation-database", "none"]
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
    assert "Tested: 10" in done.stdout


def test_routes_match_the_document(document):
    documented = {
        (path, method.upper())
        for path, operations in document["paths"].items()
        for method in operations
        if method != "parameters"
    }
    served = set()
    for rule in _ROUTES.iter_rules():
        path = rule.rule.removeprefix(BASE_PATH).replace("<md5sum:", "<").replace("<", "{").replace(">", "}")
        served |= {(path, method) for method in rule.methods}
    # Every resource that supports GET supports HEAD too (RFC 9110, section 9.3.2), documented or not.
    assert {entry for entry in served if entry[1] != "HEAD"} == {entry for entry in documented if entry[1] != "HEAD"}
    assert served >= documented


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


def test_operations_match_the_document(document):
    documented = []
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if method == "parameters" or operation["tags"] != ["File"]:
                continue
            name = f"{path}/{method}".replace("{", "").replace("}", "").replace("/", "_").strip("_")
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
        for value in vars(file_api).values()
        if isinstance(value, Operation)
    ]
    assert documented
    assert sorted(implemented, key=lambda entry: entry[0]) == sorted(documented, key=lambda entry: entry[0]), (
        "add an Operation and its two methods to tracking_client/api/file_api.py"
    )


@pytest.mark.parametrize("model", [File, Error])
def test_models_match_the_document(document, model):
    schema = document["components"]["schemas"][model.__name__]
    assert list(model.attribute_map.values()) == list(schema["properties"]) == schema["required"]
    types = {"string": "str", "integer": "int"}
    for name, key in model.attribute_map.items():
        assert model.openapi_types[name] == types[schema["properties"][key]["type"]]
        assert list(model.allowed_values.get(name, ())) == schema["properties"][key].get("enum", [])
