"""`File` and `Error`: checked when set, read from a newer service as they come."""

from __future__ import annotations

import copy
import json
import pickle
import tracemalloc
from pprint import pformat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking_client import ApiTypeError, ApiValueError, Configuration, Error, File

FIELDS = {"md5sum": "9e107d9d372bb6826bd81d3542a419d6", "filename": "isolate.vcf", "file_type": "vcf"}


def test_a_file_that_is_made_or_set_is_checked():
    file = File(**FIELDS)
    for name in FIELDS:
        with pytest.raises(ValueError, match=f"`{name}`, must not be `None`"):
            setattr(file, name, None)
        with pytest.raises(ApiValueError, match=f"`{name}`"):
            File(**{**FIELDS, name: None})
        with pytest.raises(ApiTypeError, match=f"`{name}`"):
            setattr(file, name, 7)
        setattr(file, name, FIELDS[name])
    with pytest.raises(ApiValueError, match=r"`file_type` \(bam\), must be one of \['fastq', 'vcf'\]"):
        file.file_type = "bam"
    assert file == File(**FIELDS)
    file.file_type = "fastq"
    assert file.file_type == "fastq"


def test_an_error_that_is_made_or_set_is_checked():
    error = Error(404, "Not found")
    for name, bad in (("code", "404"), ("code", True), ("code", 4.5), ("message", 404)):
        with pytest.raises(ApiTypeError, match=f"`{name}`"):
            setattr(error, name, bad)
    for name in ("code", "message"):
        with pytest.raises(ApiValueError, match=f"`{name}`"):
            setattr(error, name, None)
    error.code, error.message = 409, "Already existed"
    assert error == Error(409, "Already existed")


def test_validation_can_be_switched_off():
    unchecked = Configuration()
    unchecked.client_side_validation = False
    file = File("a", None, "bam", local_vars_configuration=unchecked)
    assert (file.filename, file.file_type) == (None, "bam")
    file.md5sum = None
    assert file.local_vars_configuration is unchecked


def test_forms():
    file, error = File(**FIELDS), Error(404, "Not found")
    assert repr(file) == f"File(md5sum='{file.md5sum}', filename='isolate.vcf', file_type='vcf')"
    assert eval(repr(file)) == file
    assert repr(error) == "Error(code=404, message='Not found')"
    assert file.to_dict() == FIELDS
    assert file.to_str() == pformat(FIELDS)


def test_equality():
    file = File(**FIELDS)
    assert file == File(**FIELDS)
    assert file != File(**{**FIELDS, "filename": "other.vcf"})
    assert file != FIELDS
    assert (file == Error(1, "a")) is False
    with pytest.raises(TypeError, match="unhashable"):
        hash(file)


@pytest.mark.parametrize("model", [File(**FIELDS), Error(404, "Not found")])
def test_copies(model):
    for twin in (copy.copy(model), copy.deepcopy(model), *(pickle.loads(pickle.dumps(model, each)) for each in (2, 5))):
        assert twin == model
        assert twin is not model


def test_no_other_attributes():
    with pytest.raises(AttributeError):
        File(**FIELDS).file_size = 7  # type: ignore[attr-defined]


def test_a_newer_service():
    file = File.from_json({"md5sum": "a", "filename": "b", "file-type": "bam", "size": 7})
    assert file.to_dict() == {"md5sum": "a", "filename": "b", "file_type": "bam"}
    file.filename = "c"
    with pytest.raises(ValueError, match="`file_type`"):
        file.file_type = "bam"


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (None, "File must be an object, not NoneType"),
        ([], "File must be an object, not list"),
        ({"md5sum": "a", "filename": "b"}, "'file-type' of File is missing"),
        ({"md5sum": None, "filename": "b", "file-type": "vcf"}, "'md5sum' of File is NoneType, not str"),
        ({"md5sum": "a", "filename": 7, "file-type": "vcf"}, "'filename' of File is int, not str"),
    ],
)
def test_what_is_not_a_file(data, problem):
    with pytest.raises(ValueError, match=problem):
        File.from_json(data)


TEXT = st.text()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
)


FILE_LIKE = st.fixed_dictionaries(
    {}, optional={"md5sum": TEXT | JSON, "filename": TEXT | JSON, "file-type": TEXT | JSON, "other": JSON}
)


def outcome(read, data):
    """What a function returns, or what its error says."""
    try:
        return read(copy.deepcopy(data))
    except ValueError as error:
        return str(error)


@given(st.lists(FILE_LIKE) | st.lists(JSON) | JSON)
def test_a_list_is_read_as_its_entries_are(data):
    def entry_by_entry(data):
        if type(data) is not list:
            raise ValueError(f"expected list, not {type(data).__name__}")
        return [File.from_json(entry) for entry in data]

    assert outcome(File.list_from_json, data) == outcome(entry_by_entry, data)


@pytest.mark.parametrize("model", [File, Error])
def test_a_list_with_a_wrong_entry(model):
    with pytest.raises(ValueError, match=f"{model.__name__} must be an object, not int"):
        model.list_from_json([7])
    with pytest.raises(ValueError, match="expected list, not dict"):
        model.list_from_json({})


def test_a_list_of_a_class_of_ones_own():
    class Sized(File):
        __slots__ = ("_size",)
        openapi_types = {**File.openapi_types, "size": "int"}
        attribute_map = {**File.attribute_map, "size": "size"}

    data = {"md5sum": "a", "filename": "b.vcf", "file-type": "vcf"}
    (file,) = Sized.list_from_json([{**data, "size": 7}])
    assert (type(file), file._size) == (Sized, 7)
    with pytest.raises(ValueError, match="'size' of Sized is missing"):
        Sized.list_from_json([data])


def test_a_file_of_a_list_keeps_few_bytes():
    """Its three texts and four references: of the two usual file types, one text serves all."""
    count = 1000
    data = [
        {"md5sum": f"{n:032x}", "filename": f"isolate_{n:07d}_R1.fastq.gz", "file-type": "fastq"} for n in range(count)
    ]
    text = json.dumps(data)
    File.list_from_json(json.loads(text))
    tracemalloc.start()
    try:
        files = File.list_from_json(json.loads(text))
        kept = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert len(files) == count
    assert kept / count <= 280


@given(FILE_LIKE | JSON)
def test_any_json_is_a_whole_file_or_none(data):
    try:
        file = File.from_json(data)
    except ValueError:
        return
    assert {File.attribute_map[name]: value for name, value in file.to_dict().items()}.items() <= data.items()
    assert all(type(value) is str for value in file.to_dict().values())


@given(TEXT, TEXT, st.sampled_from(["fastq", "vcf"]))
def test_files_travel_whole(md5sum, filename, file_type):
    file = File(md5sum, filename, file_type)
    assert pickle.loads(pickle.dumps(file)) == copy.deepcopy(file) == eval(repr(file)) == file
