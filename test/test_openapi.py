"""The embedded service against its OpenAPI document."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tracking_client import Error, File
from tracking_client.api.file_api import FileApi
from tracking_client.service import BASE_PATH
from tracking_client.service.application import _ROUTES

DOCUMENT = Path(__file__).parent.parent / "docs" / "openapi.yaml"

# Without hypothesis's search for targets, which for some seeds ends in an IndexError of its own.
SCHEMATHESIS = """
import hypothesis
hypothesis.target = lambda observation, *, label="": observation
from schemathesis.cli import schemathesis
schemathesis()
"""


@pytest.fixture(scope="module")
def document():
    return yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))


def test_schemathesis_finds_nothing(host, tmp_path):
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


def test_the_document_names_all_that_is_served(document):
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
    # HEAD answers wherever GET does (RFC 9110, section 9.3.2).
    assert {entry for entry in served if entry[1] != "HEAD"} == {entry for entry in documented if entry[1] != "HEAD"}
    assert served >= documented


def resolved(document, node):
    if "$ref" not in node:
        return node
    for key in node["$ref"].split("/")[1:]:
        document = document[key]
    return document


def type_name(schema):
    """The name that a generated client has for a schema."""
    if schema is None:
        return None
    if schema.get("type") == "array":
        return f"list[{type_name(schema['items'])}]"
    return schema["$ref"].rpartition("/")[2]


def test_the_clients_rows_are_the_documents(document):
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if method == "parameters" or operation["tags"] != ["File"]:
                continue
            name = f"{path}/{method}".replace("{", "").replace("}", "").replace("/", "_").strip("_")
            row = getattr(FileApi, name).endpoint
            assert (row.method, row.path) == (method.upper(), path)
            answers = operation["responses"].items()
            success = next(resolved(document, answer) for status, answer in answers if status.startswith("2"))
            assert row.response_type == type_name(success.get("content", {}).get("application/json", {}).get("schema"))
            assert row.body == operation.get("x-codegen-request-body-name")


@pytest.mark.parametrize("model", [File, Error])
def test_the_models_are_the_documents(document, model):
    schema = document["components"]["schemas"][model.__name__]
    assert list(model.attribute_map.values()) == list(schema["properties"]) == schema["required"]
    types = {"string": "str", "integer": "int"}
    for name, key in model.attribute_map.items():
        assert model.openapi_types[name] == types[schema["properties"][key]["type"]]
        assert list(model.allowed_values.get(name, ())) == schema["properties"][key].get("enum", [])
