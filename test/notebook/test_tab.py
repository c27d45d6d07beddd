"""What the Tab key offers in IPython, with jedi and without."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from tracking_client import File
from tracking_client.exceptions import __all__ as exceptions

SETUP = """
import tracking_client
api = tracking_client.FileApi()
file = tracking_client.File("a", "b", "vcf")

def offered(text):
    completer = get_ipython().Completer
    with provisionalcompleter():
        return [each.text.lstrip(".") for each in completer.completions(text, len(text))]

from IPython.core.completer import provisionalcompleter
"""


@pytest.fixture(params=[False, True], ids=["without jedi", "with jedi"])
def offered(run_cell, request):
    """Return a function that returns what is offered after a text."""
    if request.param:
        pytest.importorskip("jedi")
    run_cell(SETUP + f"\nget_ipython().Completer.use_jedi = {request.param}")

    def offered(text: str) -> set[str]:
        (output,) = run_cell(f"offered({text!r})")
        return {*ast.literal_eval(output.data["text/plain"])}

    return offered


def test_package_offers_subpackages_and_classes(offered):
    names = offered("tracking_client.")
    assert {"bulk", "service", "testing", "exceptions", "ApiClient", "FileApi", "File"} <= names
    assert not {*exceptions} & names
    assert "NotFoundException" in offered("tracking_client.exceptions.")


@pytest.mark.parametrize("text", ["file.", "tracking_client.File."])
def test_model_offers_its_fields(offered, text):
    names = {name for name in offered(text) if not name.startswith("_")} - {"mro"}
    assert names == {"md5sum", "filename", "file_type", "from_path", "to_dict", "to_str"}


def test_method_offers_its_parameters_and_options(offered):
    assert "md5sum=" in offered("api.files_md5sum_get(m")
    assert "_request_timeout=" in offered("api.files_md5sum_get('a', _r")
    assert "_request_timeout=" in offered("api.samples_id_files_post_with_http_info(_r")


def test_signature_is_that_of_the_source_elsewhere():
    script = """
import inspect
from tracking_client import FileApi
print(inspect.signature(FileApi.files_md5sum_get))
"""
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "(self, md5sum: 'str', **options: 'Unpack[CallOptions]') -> 'File'\n"


def test_names_that_are_not_offered_remain():
    assert File.openapi_types["md5sum"] == "str"
    assert File.from_json({"md5sum": "a", "filename": "b", "file-type": "vcf"}).local_vars_configuration is None
