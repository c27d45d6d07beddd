"""What every model has: all of it follows from the declaration of its fields."""

from __future__ import annotations

import copy
import inspect
import json
import math
import pickle
import pydoc
import re
import sys
import types
import weakref
from datetime import date, datetime, timedelta, timezone
from pprint import pformat
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import JSON

from tracking_client import ApiTypeError, ApiValueError, Configuration, Error, File, FileType
from tracking_client._wire.serialization import encode, to_jsonable
from tracking_client.models._field import REQUIRED, Field
from tracking_client.models._model import Model


class Platform:
    """The allowed values of a field."""

    ILLUMINA = "illumina"
    NANOPORE = "nanopore"


class Run(Model):
    """A model with a required field and an optional field of every type."""

    name: Annotated[str, Field("The name of the run.")]
    note: Annotated[str | None, Field("A remark.")] = None
    count: Annotated[int | None, Field("The number of reads.")] = None
    mean_depth: Annotated[float | None, Field("The mean depth.", key="mean-depth")] = None
    paired: Annotated[bool | None, Field("Whether reads are paired.")] = None
    started: Annotated[datetime | None, Field("The start.", key="started-at")] = None
    tags: Annotated[list[str] | None, Field("Labels.")] = None
    platform: Annotated[str | None, Field("The platform, one of `Platform`.", values=Platform)] = None


UTC = timezone.utc

VALUES: dict[str, Any] = {
    "name": "run 1",
    "note": "",
    "count": 0,
    "mean_depth": 31.5,
    "paired": False,
    "started": datetime(2020, 2, 29, 12, 30, tzinfo=UTC),
    "tags": ["a", "b"],
    "platform": "nanopore",
}

VALUES_AS_JSON = {
    "name": "run 1",
    "note": "",
    "count": 0,
    "mean-depth": 31.5,
    "paired": False,
    "started-at": "2020-02-29T12:30:00+00:00",
    "tags": ["a", "b"],
    "platform": "nanopore",
}

OPTIONAL = [name for name in VALUES if name != "name"]


# Constructor


def test_constructor_accepts_positional_arguments():
    run = Run(*VALUES.values())
    assert run.to_dict() == VALUES
    assert [type(value) for value in run.to_dict().values()] == [type(value) for value in VALUES.values()]


def test_constructor_accepts_keyword_arguments():
    assert Run(**VALUES).to_dict() == VALUES


@pytest.mark.parametrize("name", OPTIONAL)
def test_optional_field_is_none_by_default(name):
    assert getattr(Run("a"), name) is None
    assert getattr(Run("a", **{name: None}), name) is None
    others = {key: value for key, value in VALUES.items() if key != name}
    assert Run(**others).to_dict() == {**VALUES, name: None}


def test_constructor_rejects_a_missing_required_field():
    with pytest.raises(ApiValueError, match="`name`, must not be `None`"):
        Run(note="a")


def test_constructor_rejects_unknown_arguments():
    with pytest.raises(TypeError):
        Run("a", nonesuch=1)
    with pytest.raises(TypeError):
        Run(*VALUES.values(), None, 1)


@pytest.mark.parametrize("arguments", [{"nonesuch": 1}, {"name": "b"}], ids=str)
def test_wrong_keyword_argument_is_an_error_of_this_library(arguments):
    with pytest.raises(ApiTypeError, match=f"Run .* `{next(iter(arguments))}`"):
        Run("a", **arguments)


def test_too_many_arguments_are_an_error_of_this_library():
    with pytest.raises(ApiTypeError, match="Run takes 9 arguments at most, but 10 were given"):
        Run(*VALUES.values(), None, 1)


class Late(Model):
    """A model with a required field after an optional one."""

    id: Annotated[int | None, Field("An id.")] = None
    name: Annotated[str, Field("A name.")] = REQUIRED
    note: Annotated[str | None, Field("A remark.")] = None


NO_SETTINGS = "local_vars_configuration: tracking_client.models._model.Validation | None = None"


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (File, f"(md5sum: str, filename: str, file_type: str, {NO_SETTINGS}) -> None"),
        (Error, f"(code: int, message: str, {NO_SETTINGS}) -> None"),
        (Late, f"(id: int | None = None, *, name: str, note: str | None = None, {NO_SETTINGS}) -> None"),
    ],
)
def test_signature_has_no_default_for_a_required_field(model, expected):
    assert str(inspect.signature(model)) == expected
    # Python 3.13 breaks the lines, which begin with a bar.
    shown, wanted = (re.sub(r"[\s|]", "", text) for text in (pydoc.plain(pydoc.render_doc(model)), expected))
    assert wanted in shown


def test_required_field_after_an_optional_one_may_be_positional():
    assert Late(None, "a").to_dict() == {"id": None, "name": "a", "note": None}
    with pytest.raises(ApiValueError, match="`name`, must not be `None`"):
        Late(7)


@pytest.mark.parametrize("model", [File, Error, Run, Late])
def test_missing_required_field_is_an_error_of_this_library(model):
    with pytest.raises(ApiValueError, match="must not be `None`"):
        model()


def test_signature_of_a_subclass():
    class Same(File):
        pass

    class Other(File):
        def __init__(self, name: str) -> None:
            super().__init__("a", name, "vcf")

    assert inspect.signature(Same) == inspect.signature(File)
    assert list(inspect.signature(Sized).parameters) == [*Sized.openapi_types, "local_vars_configuration"]
    assert list(inspect.signature(Other).parameters) == ["name"]
    assert Other("b").filename == "b"


def test_documentation_of_fields_is_shown_by_help():
    assert Run.mean_depth.__doc__ == "The mean depth."
    assert "mean_depth: The mean depth." in inspect.getdoc(Run.__init__)


# Validation

WRONG_TYPES = [
    ("name", 7),
    ("note", 7),
    ("note", b"a"),
    ("count", "7"),
    ("count", True),
    ("count", 1.5),
    ("mean_depth", "1.5"),
    ("mean_depth", True),
    ("paired", 1),
    ("paired", "true"),
    ("started", "2020-02-29T12:30:00Z"),
    ("started", 0),
    ("tags", "a"),
    ("tags", ("a",)),
    ("platform", 7),
]


@pytest.mark.parametrize(("name", "value"), WRONG_TYPES)
def test_value_of_another_type_is_rejected(name, value):
    run = Run(**VALUES)
    with pytest.raises(ApiTypeError, match=f"Invalid type for `{name}`") as caught:
        setattr(run, name, value)
    assert caught.value.path_to_item == [name]
    assert not any(type(value) is each for each in caught.value.valid_classes)
    with pytest.raises(ApiTypeError, match=f"Invalid type for `{name}`"):
        Run(**{**VALUES, name: value})
    assert run.to_dict() == VALUES


def test_value_that_is_not_allowed_is_rejected():
    run = Run(**VALUES)
    with pytest.raises(ApiValueError, match=r"`platform` \(sanger\), must be one of \['illumina', 'nanopore'\]"):
        run.platform = "sanger"
    with pytest.raises(ApiValueError, match="`platform`"):
        Run("a", platform="sanger")
    assert run.platform == "nanopore"


@pytest.mark.parametrize("name", OPTIONAL)
def test_optional_field_can_be_set_to_none(name):
    run = Run(**VALUES)
    setattr(run, name, None)
    assert run.to_dict() == {**VALUES, name: None}
    setattr(run, name, VALUES[name])
    assert run.to_dict() == VALUES


def test_float_field_accepts_an_int():
    assert Run("a", mean_depth=7).mean_depth == 7
    depth = Run.from_json({"name": "a", "mean-depth": 7}).mean_depth
    assert (depth, type(depth)) == (7.0, float)


def test_nan_can_be_set_but_not_encoded():
    run = Run("a", mean_depth=math.nan)
    assert math.isnan(run.mean_depth)
    with pytest.raises(ApiValueError, match="JSON"):
        encode(run)


# What follows from the declaration


def test_types_keys_and_allowed_values_follow_from_the_declaration():
    assert Run.openapi_types == {
        "name": "str",
        "note": "str",
        "count": "int",
        "mean_depth": "float",
        "paired": "bool",
        "started": "datetime",
        "tags": "list[str]",
        "platform": "str",
    }
    assert Run.attribute_map == {
        "name": "name",
        "note": "note",
        "count": "count",
        "mean_depth": "mean-depth",
        "paired": "paired",
        "started": "started-at",
        "tags": "tags",
        "platform": "platform",
    }
    assert Run.allowed_values == {"platform": ("illumina", "nanopore")}
    assert Run.discriminator is None


def test_repr_names_every_field():
    assert repr(Run("a", count=7)) == (
        "Run(name='a', note=None, count=7, mean_depth=None, paired=None, started=None, tags=None, platform=None)"
    )
    run = Run("a", tags=["b"], platform="illumina")
    assert eval(repr(run)) == run
    assert run.to_str() == pformat(run.to_dict())


@pytest.mark.parametrize("name", VALUES)
def test_equality_compares_every_field(name):
    others = {"name": "b", "note": "c", "count": 1, "mean_depth": 1.5, "paired": True, "tags": []}
    others.update(started=datetime(2020, 3, 1, tzinfo=UTC), platform="illumina")
    run = Run(**VALUES)
    assert run == Run(**VALUES)
    assert (run != Run(**VALUES)) is False
    assert run != Run(**{**VALUES, name: others[name]})
    assert run != VALUES


@pytest.mark.parametrize(
    "model", [File("a", "isolate.vcf", "vcf"), Error(404, "Not found"), Run("a"), Run(**VALUES)], ids=repr
)
def test_copies_and_pickles_are_equal(model):
    pickles = (pickle.dumps(model, protocol) for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1))
    for other in (copy.copy(model), copy.deepcopy(model), *map(pickle.loads, pickles)):
        assert other == model
        assert type(other) is type(model)
        assert other is not model


def test_deep_copy_shares_no_list():
    run = Run(**VALUES)
    assert copy.deepcopy(run).tags is not run.tags
    assert copy.copy(run).tags is run.tags


def test_attribute_that_is_not_a_field_cannot_be_set():
    with pytest.raises(AttributeError):
        Run("a").nonesuch = 7  # type: ignore[attr-defined]


@pytest.mark.parametrize("model", [File("a", "b", "vcf"), Error(404, "Not found"), Run(**VALUES)], ids=repr)
def test_reading_a_field_runs_no_python_code(model):
    events = []
    names = list(model.openapi_types)
    previous = sys.getprofile()
    sys.setprofile(lambda frame, event, argument: events.append(event))
    try:
        for name in names:
            getattr(model, name)
        reading = list(events)
        setattr(model, names[0], getattr(model, names[0]))
    finally:
        sys.setprofile(previous)
    assert "call" not in reading
    # Setting does run Python code, and is recorded.
    assert "call" in events


# JSON


def test_model_to_json():
    assert to_jsonable(Run(**VALUES)) == VALUES_AS_JSON
    assert json.loads(encode(Run(**VALUES))) == VALUES_AS_JSON


def test_model_from_json():
    run = Run.from_json(VALUES_AS_JSON)
    assert run == Run(**VALUES)
    assert [type(value) for value in run.to_dict().values()] == [type(value) for value in VALUES.values()]
    assert Run.list_from_json([VALUES_AS_JSON, {"name": "b"}]) == [run, Run("b")]
    assert run.local_vars_configuration is None


@pytest.mark.parametrize("name", OPTIONAL)
def test_optional_field_that_is_none_is_not_sent(name):
    key = Run.attribute_map[name]
    expected = {each: value for each, value in VALUES_AS_JSON.items() if each != key}
    assert to_jsonable(Run(**{**VALUES, name: None})) == expected


@pytest.mark.parametrize("name", OPTIONAL)
def test_optional_field_may_be_null_or_missing_in_json(name):
    key = Run.attribute_map[name]
    expected = Run(**{**VALUES, name: None})
    missing = {each: value for each, value in VALUES_AS_JSON.items() if each != key}
    for data in ({**missing, key: None}, missing):
        assert Run.from_json(data) == expected
        assert Run.list_from_json([data]) == [expected]


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("name", None, "expected str, not NoneType"),
        ("note", 7, "expected str, not int"),
        ("count", "7", "expected int, not str"),
        ("count", True, "expected int, not bool"),
        ("count", 1.0, "expected int, not float"),
        ("mean-depth", "1.5", "expected float, not str"),
        ("mean-depth", True, "expected float, not bool"),
        ("paired", 0, "expected bool, not int"),
        ("started-at", 0, "expected str, not int"),
        ("started-at", "yesterday", ""),
        ("tags", "a", "expected list, not str"),
        ("tags", ["a", 7], "expected str, not int"),
        ("tags", [None], "expected str, not NoneType"),
        ("platform", 7, "expected str, not int"),
    ],
)
def test_json_of_another_type_is_rejected(key, value, problem):
    for read in (Run.from_json, lambda data: Run.list_from_json([data])):
        with pytest.raises(ValueError, match=f"^Run: '{key}': {problem}"):
            read({**VALUES_AS_JSON, key: value})


def test_missing_required_field_in_json_is_rejected():
    with pytest.raises(ValueError, match=r"^Run: 'name' is missing$"):
        Run.from_json({"note": "a"})


def test_unknown_value_and_key_from_a_newer_service():
    run = Run.from_json({"name": "a", "platform": "sanger", "basecaller": "b"})
    assert run.platform == "sanger"
    assert to_jsonable(run) == {"name": "a", "platform": "sanger"}
    with pytest.raises(ApiValueError, match="`platform`"):
        run.platform = "sanger"


OFFSETS = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(
    st.builds(
        Run,
        name=st.text(),
        note=st.none() | st.text(),
        count=st.none() | st.integers(),
        mean_depth=st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53),
        paired=st.none() | st.booleans(),
        started=st.none() | st.datetimes(timezones=st.none() | OFFSETS),
        tags=st.none() | st.lists(st.text()),
        platform=st.sampled_from([None, "illumina", "nanopore"]),
    )
)
def test_json_round_trip(run):
    data = to_jsonable(run)
    assert None not in data.values()
    assert json.loads(encode(run)) == data
    assert Run.from_json(copy.deepcopy(data)) == run
    assert Run.list_from_json([copy.deepcopy(data)]) == [run]


# Lists

OF_TYPE = {
    "str": st.text() | st.sampled_from(["fastq", "vcf", "illumina"]),
    "int": st.integers(),
    "float": st.floats(),
    "bool": st.booleans(),
    "datetime": st.datetimes().map(datetime.isoformat),
    "list[str]": st.lists(st.text()),
}


# A value of every JSON type. Deeper ones take long to generate, and are read no differently.
ANY_TYPE = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers()) | st.just({})


def objects_like(model: type[Model]) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy for JSON objects that are valid for a model, or similar to valid ones."""
    valid = {model.attribute_map[name]: OF_TYPE[type_] for name, type_ in model.openapi_types.items()}
    similar = {key: value | ANY_TYPE for key, value in valid.items()}
    return st.fixed_dictionaries(valid) | st.fixed_dictionaries({}, optional={**similar, "other": ANY_TYPE})


def outcome(read, data):
    """Return what a function returns for a copy of the data, or the message of its ValueError."""
    try:
        return read(copy.deepcopy(data))
    except ValueError as error:
        return str(error)


@pytest.mark.parametrize("model", [File, Error, Run])
@given(st.data())
def test_list_is_read_as_each_entry_is(model, data):
    def entry_by_entry(entries):
        if type(entries) is not list:
            raise ValueError(f"expected list, not {type(entries).__name__}")
        return [model.from_json(entry) for entry in entries]

    entries = data.draw(st.lists(objects_like(model)) | st.lists(objects_like(model) | ANY_TYPE) | JSON)
    assert outcome(model.list_from_json, entries) == outcome(entry_by_entry, entries)


@pytest.mark.parametrize("model", [File, Error, Run])
def test_list_with_an_invalid_entry_is_rejected(model):
    with pytest.raises(ValueError, match=f"{model.__name__} must be an object, not int"):
        model.list_from_json([7])
    with pytest.raises(ValueError, match="expected list, not dict"):
        model.list_from_json({})


# Subclasses


class Sized(File):
    """A file with one more field."""

    size: Annotated[int, Field("The size in bytes.")]


def test_subclass_adds_a_field():
    file = Sized("a", "b.vcf", "vcf", 7)
    assert file.size == 7
    assert file.to_dict() == {"md5sum": "a", "filename": "b.vcf", "file_type": "vcf", "size": 7}
    assert list(Sized.openapi_types) == ["md5sum", "filename", "file_type", "size"]
    assert "size" not in File.openapi_types
    assert Sized.allowed_values == File.allowed_values
    with pytest.raises(ApiTypeError, match="`size`"):
        file.size = "7"
    with pytest.raises(AttributeError):
        file.nonesuch = 7  # type: ignore[attr-defined]


def test_list_of_a_subclass():
    data = {"md5sum": "a", "filename": "b.vcf", "file-type": "vcf"}
    (file,) = Sized.list_from_json([{**data, "size": 7}])
    assert (type(file), file.size) == (Sized, 7)
    assert file == Sized("a", "b.vcf", "vcf", 7)
    with pytest.raises(ValueError, match="Sized: 'size' is missing"):
        Sized.list_from_json([data])


class Stripped(Run):
    """Overrides two setters, as users of a generated client do."""

    @Run.name.setter
    def name(self, value):
        Run.name.fset(self, value.strip())

    @Run.note.setter
    def note(self, value):
        Run.note.fset(self, value.strip())


def test_overridden_setter_is_called_by_the_constructor():
    run = Stripped(" a ", note="b ")
    assert (run.name, run.note) == ("a", "b")
    run.name = " c"
    assert run.name == "c"


def test_overridden_setter_is_not_called_for_an_optional_field_left_out():
    assert Stripped("a").note is None


# Declarations that are wrong


@pytest.mark.parametrize(
    "annotation",
    [
        bytes,
        list,
        dict[str, int],
        tuple[str, str],
        Any,
        File,
        list[File],
        bytes | None,
        list[bytes],
        list[int | None],
        int | str,
        int | str | None,
        type(None),
    ],
    ids=str,
)
def test_annotation_that_cannot_be_a_field_is_rejected(annotation):
    namespace = {"__annotations__": {"wrong": Annotated[annotation, Field("Wrong.")]}}
    with pytest.raises(TypeError, match="a field cannot have the type"):
        types.new_class("Wrong", (Model,), {}, lambda body: body.update(namespace))


class Tagged(Model):
    """A model with a list of allowed values, and a date."""

    tags: Annotated[list[str], Field("Tags.", values=FileType)]
    day: Annotated[date | None, Field("A day.")] = None


def test_values_limit_each_item_of_a_list():
    assert Tagged(["vcf", "fastq"]).tags == ["vcf", "fastq"]
    with pytest.raises(ApiValueError, match="must be one of"):
        Tagged(["vcf", "bam"])
    with pytest.raises(ApiTypeError, match=r"must be list\[str\]"):
        Tagged(["vcf", 1])


def test_datetime_is_not_a_date():
    with pytest.raises(ApiTypeError, match="must be date"):
        Tagged([], datetime(2020, 2, 29, 12))
    assert Tagged([], date(2020, 2, 29)).day == date(2020, 2, 29)


def test_own_constructor_is_kept():
    class Own(Model):
        name: Annotated[str, Field("A name.")]

        def __init__(self) -> None:
            self.local_vars_configuration = None
            self.name = "own"

    assert Own().name == "own"


def test_redeclared_field_replaces_the_inherited_one():
    class Renamed(File):
        filename: Annotated[str | None, Field("The name.", key="name")] = None

    file = Renamed("a", None, "vcf")
    assert Renamed.attribute_map == {"md5sum": "md5sum", "filename": "name", "file_type": "file-type"}
    assert list(Renamed.attribute_map) == list(File.attribute_map)
    assert file.filename is None


def test_default_other_than_none_is_rejected():
    with pytest.raises(TypeError, match="must be None"):

        class Wrong(Model):
            name: Annotated[str, Field("A name.")] = "x"


def test_list_uses_an_overridden_from_json():
    class Upper(File):
        @classmethod
        def from_json(cls, data):
            file = super().from_json(data)
            file.filename = file.filename.upper()
            return file

    (file,) = Upper.list_from_json([{"md5sum": "a", "filename": "b", "file-type": "vcf"}])
    assert file.filename == "B"


def test_model_without_fields_has_a_repr():
    assert repr(Model()) == "Model()"


# Habits of other classes


def test_model_can_be_referenced_weakly():
    file = File("a", "isolate.vcf", "vcf")
    assert weakref.ref(file)() is file


def test_replace_returns_a_validated_copy():
    file = File("a", "isolate.vcf", "vcf", local_vars_configuration=Configuration())
    other = file.__replace__(filename="other.vcf")
    assert (file.filename, other.filename, other.md5sum) == ("isolate.vcf", "other.vcf", "a")
    assert other.local_vars_configuration is file.local_vars_configuration
    with pytest.raises(ApiValueError):
        file.__replace__(file_type="bam")
    if hasattr(copy, "replace"):  # Python 3.13
        assert copy.replace(file, filename="other.vcf") == other


class Labelled(File):
    """A file with a method, and the same fields."""

    def label(self) -> str:
        return f"{self.filename} ({self.file_type})"


class Report(Model):
    """Another schema, with the fields of a file."""

    md5sum: Annotated[str, Field("The md5sum.")]
    filename: Annotated[str, Field("The name.")]
    file_type: Annotated[str, Field("The type.", key="file-type")]


def test_equality_of_classes():
    values = ("a", "b.vcf", "vcf")
    assert (File(*values) == Labelled(*values)) is (Labelled(*values) == File(*values)) is True
    assert (File(*values) == Sized(*values, 7)) is (Sized(*values, 7) == File(*values)) is False
    assert (File(*values) == Report(*values)) is (Report(*values) == File(*values)) is False
