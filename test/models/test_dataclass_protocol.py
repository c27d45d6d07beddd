"""The functions of `dataclasses`, and what relies on them, accept models."""

from __future__ import annotations

import dataclasses
import pprint
import subprocess
import sys

import pytest

from tracking_client import Error, Event, File, QcResult, Sample, Status, ValidatedEvent

FILE = File("a" * 32, "isolate.vcf", "vcf")
MODELS = [Error, Event, File, QcResult, Sample, Status, ValidatedEvent]


@pytest.mark.parametrize("model", MODELS)
def test_fields_are_those_of_the_model(model):
    assert dataclasses.is_dataclass(model)
    assert [field.name for field in dataclasses.fields(model)] == list(model.openapi_types)


def test_asdict_and_astuple_return_the_values():
    assert dataclasses.asdict(FILE) == FILE.to_dict()
    assert dataclasses.astuple(FILE) == tuple(FILE.to_dict().values())


def test_replace_returns_a_validated_copy():
    assert dataclasses.replace(FILE, filename="b.vcf") == File(FILE.md5sum, "b.vcf", "vcf")
    with pytest.raises(ValueError, match="file_type"):
        dataclasses.replace(FILE, file_type="bam")


def test_field_of_a_subclass_is_one_of_its_fields():
    @dataclasses.dataclass
    class Other:
        file: File

    assert dataclasses.asdict(Other(FILE)) == {"file": FILE.to_dict()}


def test_long_model_is_printed_by_pprint():
    event = Event(name="QC", software="a" * 90, software_version="1", start_time=1.5, duration=3, command="b")
    assert pprint.pformat(event) == repr(event)
    assert pprint.pformat([FILE, FILE]) == f"[{FILE!r},\n {FILE!r}]"


def test_dataframe_of_pandas_has_the_columns():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame([FILE, FILE])
    assert list(frame.columns) == list(File.openapi_types)
    assert frame.to_dict("records") == [FILE.to_dict()] * 2


def test_dataframe_of_polars_has_the_columns():
    polars = pytest.importorskip("polars")
    assert polars.DataFrame([FILE, FILE]).to_dicts() == [FILE.to_dict()] * 2


def test_rich_shows_a_field_in_each_line():
    pretty = pytest.importorskip("rich.pretty")
    assert pretty.pretty_repr(FILE, max_width=60).splitlines() == [
        "File(",
        f"    md5sum={FILE.md5sum!r},",
        "    filename='isolate.vcf',",
        "    file_type='vcf'",
        ")",
    ]


def test_models_do_not_import_dataclasses():
    script = """
import sys
import tracking_client.argument_errors, tracking_client._tracebacks
before = set(sys.modules)
import tracking_client.models.file
assert "dataclasses" not in set(sys.modules) - before
assert "tracking_client._display" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
