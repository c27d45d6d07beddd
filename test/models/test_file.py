"""`File`: validated when it is set, read from JSON as the service sends it."""

from __future__ import annotations

import copy
import json
import pickle
import tracemalloc
from pprint import pformat

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import JSON

from tracking_client import ApiTypeError, ApiValueError, Configuration, Error, File, FileType

FIELDS = {"md5sum": "9e107d9d372bb6826bd81d3542a419d6", "filename": "isolate.vcf", "file_type": "vcf"}

FILE_LIKE = st.fixed_dictionaries(
    {},
    optional={"md5sum": st.text() | JSON, "filename": st.text() | JSON, "file-type": st.text() | JSON, "other": JSON},
)


@pytest.mark.parametrize("name", FIELDS)
def test_required_field_must_not_be_none(name):
    file = File(**FIELDS)
    with pytest.raises(ValueError, match=f"`{name}`, must not be `None`"):
        setattr(file, name, None)
    with pytest.raises(ApiValueError, match=f"`{name}`"):
        File(**{**FIELDS, name: None})
    assert file == File(**FIELDS)


@pytest.mark.parametrize("name", FIELDS)
def test_field_must_be_a_str(name):
    file = File(**FIELDS)
    with pytest.raises(ApiTypeError, match=f"`{name}`"):
        setattr(file, name, 7)
    with pytest.raises(ApiTypeError, match=f"`{name}`"):
        File(**{**FIELDS, name: 7})
    assert file == File(**FIELDS)
    setattr(file, name, FIELDS[name])
    assert file == File(**FIELDS)


def test_file_type_must_be_one_of_the_allowed_values():
    file = File(**FIELDS)
    with pytest.raises(ApiValueError, match=r"`file_type` \(bam\), must be one of \['fastq', 'vcf'\]"):
        file.file_type = "bam"
    assert file == File(**FIELDS)
    file.file_type = "fastq"
    assert file.file_type == "fastq"


def test_file_type_constants_are_the_allowed_values():
    assert (FileType.FASTQ, FileType.VCF) == ("fastq", "vcf")
    assert File.allowed_values == {"file_type": (FileType.FASTQ, FileType.VCF)}
    assert File("a", "b", FileType.VCF) == File("a", "b", "vcf")
    assert File("a", "b", FileType.FASTQ) == File("a", "b", "fastq")


def test_validation_can_be_disabled():
    unvalidated = Configuration()
    unvalidated.client_side_validation = False
    file = File("a", None, "bam", local_vars_configuration=unvalidated)
    assert (file.filename, file.file_type) == (None, "bam")
    file.md5sum = None
    assert file.md5sum is None
    assert file.local_vars_configuration is unvalidated


def test_validation_setting_is_read_when_a_field_is_set():
    configuration = Configuration()
    file = File(**FIELDS, local_vars_configuration=configuration)
    with pytest.raises(ApiTypeError):
        file.md5sum = 7
    configuration.client_side_validation = False
    file.md5sum = 7
    assert file.md5sum == 7


def test_repr_and_dict_and_str():
    file = File(**FIELDS)
    assert repr(file) == f"File(md5sum='{file.md5sum}', filename='isolate.vcf', file_type='vcf')"
    assert eval(repr(file)) == file
    assert file.to_dict() == FIELDS
    assert file.to_str() == pformat(FIELDS)


def test_equality_compares_the_fields():
    file = File(**FIELDS)
    assert file == File(**FIELDS)
    assert file != File(**{**FIELDS, "filename": "other.vcf"})
    assert file != FIELDS
    assert (file == Error(1, "a")) is False


def test_file_is_not_hashable():
    with pytest.raises(TypeError, match="unhashable"):
        hash(File(**FIELDS))


def test_unknown_attribute_cannot_be_set():
    with pytest.raises(AttributeError):
        File(**FIELDS).file_size = 7  # type: ignore[attr-defined]


def test_unknown_key_and_unknown_file_type_from_a_newer_service():
    data = {"md5sum": "a", "filename": "b", "file-type": "bam", "size": 7}
    file = File.from_json(data)
    assert file.to_dict() == {"md5sum": "a", "filename": "b", "file_type": "bam"}
    assert File.list_from_json([data]) == [file]
    file.filename = "c"
    assert file.to_dict() == {"md5sum": "a", "filename": "c", "file_type": "bam"}
    with pytest.raises(ValueError, match="`file_type`"):
        file.file_type = "bam"


def test_files_share_the_text_of_their_type():
    data = {"md5sum": "a", "filename": "b", "file-type": "".join(["v", "c", "f"])}
    assert File.from_json(data).file_type is FileType.VCF
    assert File.list_from_json([data])[0].file_type is FileType.VCF


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (None, "File must be an object, not NoneType"),
        ([], "File must be an object, not list"),
        ({"md5sum": "a", "filename": "b"}, "File: 'file-type' is missing"),
        ({"md5sum": None, "filename": "b", "file-type": "vcf"}, "File: 'md5sum': expected str, not NoneType"),
        ({"md5sum": "a", "filename": 7, "file-type": "vcf"}, "File: 'filename': expected str, not int"),
    ],
)
def test_invalid_json_is_rejected(data, problem):
    with pytest.raises(ValueError, match=f"^{problem}$"):
        File.from_json(data)
    with pytest.raises(ValueError, match=f"^{problem}$"):
        File.list_from_json([data])


@pytest.mark.once
@given(FILE_LIKE | JSON)
def test_any_json_is_a_complete_file_or_rejected(data):
    try:
        file = File.from_json(data)
    except ValueError:
        return
    assert {File.attribute_map[name]: value for name, value in file.to_dict().items()}.items() <= data.items()
    assert all(type(value) is str for value in file.to_dict().values())


@given(st.text(), st.text(), st.sampled_from(["fastq", "vcf"]))
def test_pickle_copy_and_repr_keep_every_field(md5sum, filename, file_type):
    file = File(md5sum, filename, file_type)
    assert pickle.loads(pickle.dumps(file)) == copy.deepcopy(file) == eval(repr(file)) == file


def test_memory_per_file_of_a_list():
    """Three strings and four references per file. All files share the string of their file type."""
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


@pytest.mark.parametrize(
    "state",
    [
        (None, {"_md5sum": "a", "_filename": "b"}),
        (None, {"_md5sum": "a", "_filename": "b", "_file_type": None, "_removed": 1}),
        {"_md5sum": "a", "_filename": "b", "discriminator": None, "local_vars_configuration": None},
    ],
)
def test_state_of_another_version_is_loaded(state):
    """A field that it lacks is None. That of a generated client is a dict."""
    file = File.__new__(File)
    file.__setstate__(state)
    assert file.to_dict() == {"md5sum": "a", "filename": "b", "file_type": None}
    assert file.local_vars_configuration is None
    assert pickle.loads(pickle.dumps(file)) == file
