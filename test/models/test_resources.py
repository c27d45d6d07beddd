"""`Sample`, `Event`, `QcResult` and `Status`: their fields, validation and JSON."""

from __future__ import annotations

import copy
import importlib
import inspect
import json
import math
import pickle
from pprint import pformat

import pytest
from endpoints import (
    EVENT,
    EVENT_JSON,
    ID,
    QC_RESULT,
    QC_RESULT_JSON,
    SAMPLE,
    SAMPLE_JSON,
    STATUS,
    STATUS_JSON,
)
from hypothesis import given
from hypothesis import strategies as st
from strategies import JSON

import tracking_client
from tracking_client import (
    ApiTypeError,
    ApiValueError,
    Configuration,
    Event,
    EventName,
    QcDecision,
    QcResult,
    Sample,
    SampleStage,
    Status,
    StepStatus,
)

MODELS = [
    pytest.param(SAMPLE, SAMPLE_JSON, id="Sample"),
    pytest.param(EVENT, EVENT_JSON, id="Event"),
    pytest.param(QC_RESULT, QC_RESULT_JSON, id="QcResult"),
    pytest.param(STATUS, STATUS_JSON, id="Status"),
]
OPTIONAL = {Sample: {"experiment_id", "isolate_id", "id"}, Event: {"id"}, QcResult: set(), Status: {"stage"}}
VALUE = {"str": "a", "int": 7, "float": 1.5}

FIELDS = [
    pytest.param(*each.values, name, id=f"{each.id}.{name}") for each in MODELS for name in each.values[0].openapi_types
]
"""A model, its JSON, and the name of a field."""


def with_field(model, name, value):
    """Return a model with another value of a field."""
    return type(model)(**{**model.to_dict(), name: value})


# Declarations


def test_fields_of_a_sample():
    assert Sample.openapi_types == {"experiment_id": "str", "isolate_id": "str", "id": "str"}
    assert Sample.attribute_map == {"experiment_id": "experiment-id", "isolate_id": "isolate-id", "id": "id"}
    assert Sample.allowed_values == {}


def test_fields_of_an_event():
    assert Event.openapi_types == {
        "id": "int",
        "name": "str",
        "software": "str",
        "software_version": "str",
        "start_time": "float",
        "duration": "int",
        "command": "str",
    }
    assert Event.attribute_map == {
        "id": "id",
        "name": "name",
        "software": "software",
        "software_version": "software-version",
        "start_time": "start-time",
        "duration": "duration",
        "command": "command",
    }
    names = ("de-contamination", "QC", "variant-calling", "prediction", "bigsi-building", "distance-calculation")
    assert Event.allowed_values == {"name": names}
    assert names == (
        EventName.DE_CONTAMINATION,
        EventName.QC,
        EventName.VARIANT_CALLING,
        EventName.PREDICTION,
        EventName.BIGSI_BUILDING,
        EventName.DISTANCE_CALCULATION,
    )


def test_fields_of_a_qc_result():
    assert QcResult.openapi_types == {"coverage": "float", "number_of_het_snps": "int", "decision": "str"}
    assert QcResult.attribute_map == {name: name for name in QcResult.openapi_types}
    assert QcResult.allowed_values == {"decision": ("passed", "failed")}
    assert (QcDecision.PASSED, QcDecision.FAILED) == ("passed", "failed")


def test_fields_of_a_status():
    assert Status.attribute_map == {
        "de_contamination": "de-contamination",
        "qc": "qc",
        "variant_calling": "variant-calling",
        "prediction": "prediction",
        "bigsi_building": "bigsi-building",
        "distance_calculation": "distance-calculation",
        "stage": "stage",
    }
    assert Status.openapi_types == dict.fromkeys(Status.attribute_map, "str")
    steps = ("pending", "started", "complete", "failed")
    stages = ("accepted", "qc-failed", "live", "deprecated")
    assert Status.allowed_values == {name: stages if name == "stage" else steps for name in Status.attribute_map}
    assert steps == (StepStatus.PENDING, StepStatus.STARTED, StepStatus.COMPLETE, StepStatus.FAILED)
    assert stages == (SampleStage.ACCEPTED, SampleStage.QC_FAILED, SampleStage.LIVE, SampleStage.DEPRECATED)


@pytest.mark.parametrize(("model", "data"), MODELS)
def test_constructor_takes_the_fields_in_order(model, data):
    parameters = inspect.signature(type(model)).parameters
    assert list(parameters) == [*model.openapi_types, "local_vars_configuration"]
    required = {name for name, each in parameters.items() if each.default is each.empty}
    assert required == model.openapi_types.keys() - OPTIONAL[type(model)]
    assert all(each.default is None for name, each in parameters.items() if name not in required)
    assert type(model)(*model.to_dict().values()) == type(model)(**model.to_dict()) == model
    assert [*model.to_dict()] == [*model.openapi_types]


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("Sample", "sample"),
        ("Event", "event"),
        ("QcResult", "qc_result"),
        ("Status", "status"),
        ("ValidatedEvent", "validated.event"),
        ("EventName", "event"),
        ("QcDecision", "qc_result"),
        ("StepStatus", "status"),
        ("SampleStage", "status"),
    ],
)
def test_names_can_be_imported_from_each_place(name, module):
    in_module = getattr(importlib.import_module(f"tracking_client.models.{module}"), name)
    assert in_module is getattr(tracking_client, name) is getattr(tracking_client.models, name)


# Values that a user sets


@pytest.mark.parametrize(("model", "data", "name"), FIELDS)
def test_only_an_optional_field_may_be_none(model, data, name):
    model = copy.copy(model)
    if name in OPTIONAL[type(model)]:
        changed = with_field(model, name, None)
        setattr(model, name, None)
        assert getattr(changed, name) is getattr(model, name) is None
        assert changed == model
        return
    for change in (lambda: setattr(model, name, None), lambda: with_field(model, name, None)):
        with pytest.raises(ApiValueError, match=f"^Invalid value for `{name}`, must not be `None`$"):
            change()
    assert getattr(model, name) is not None


@pytest.mark.parametrize(("model", "data", "name"), FIELDS)
def test_value_of_another_type_is_rejected(model, data, name):
    expected = model.openapi_types[name]
    before = copy.copy(model)
    for value in ("a", 7, 1.5, True, b"a", [], {}, object()):
        if type(value).__name__ == expected or (expected, type(value)) == ("float", int):
            continue
        with pytest.raises(ApiTypeError, match=f"Invalid type for `{name}` .*, must be {expected}"):
            setattr(before, name, value)
        with pytest.raises(ApiTypeError, match=f"Invalid type for `{name}` .*, must be {expected}"):
            with_field(model, name, value)
    assert before == model


@pytest.mark.parametrize(("model", "data", "name"), [each for each in FIELDS if each.values[2] != "id"])
def test_value_outside_the_allowed_ones_is_rejected(model, data, name):
    allowed = model.allowed_values.get(name)
    if allowed is None:
        value = VALUE[model.openapi_types[name]]
        assert getattr(with_field(model, name, value), name) == value
        return
    for value in allowed:
        assert getattr(with_field(model, name, value), name) == value
    for value in ("done", "", allowed[0] + " ", allowed[0].swapcase()):
        with pytest.raises(ApiValueError, match=rf"Invalid value for `{name}` \({value}\), must be one of \['"):
            with_field(model, name, value)


@pytest.mark.parametrize("id", ["", "zz", ID + "0", ID + "\n", "\n" + ID, ID.replace("-", ""), f"{{{ID}}}", "é" * 36])
def test_id_of_a_sample_must_be_a_uuid(id):
    sample = Sample(id=ID)
    with pytest.raises(ApiValueError, match=r"`id`.*UUID"):
        sample.id = id
    with pytest.raises(ValueError, match="`id`"):
        Sample(id=id)
    assert sample.id == ID
    sample.id = ID.upper()
    assert sample.id == ID.upper()


@pytest.mark.parametrize("value", [0, -1, 2**70, 0.0, -1.5, math.nan, math.inf, -math.inf])
def test_float_field_may_be_any_number(value):
    """A value that JSON does not have is rejected when it is sent."""
    event = with_field(EVENT, "start_time", value)
    assert event.start_time is value
    qc_result = with_field(QC_RESULT, "coverage", value)
    assert qc_result.coverage is value
    event.start_time = qc_result.coverage = value
    assert (event.start_time, qc_result.coverage) == (value, value) or math.isnan(value)


def test_int_field_may_be_any_int():
    for value in (0, -1, 2**31, 10**30):
        assert with_field(EVENT, "duration", value).duration == value
        assert with_field(EVENT, "id", value).id == value
        assert with_field(QC_RESULT, "number_of_het_snps", value).number_of_het_snps == value


@pytest.mark.parametrize(("model", "data", "name"), FIELDS)
def test_validation_can_be_disabled(model, data, name):
    unvalidated = Configuration()
    unvalidated.client_side_validation = False
    changed = type(model)(**{**model.to_dict(), name: b"x"}, local_vars_configuration=unvalidated)
    assert getattr(changed, name) == b"x"
    setattr(changed, name, None)
    assert getattr(changed, name) is None


# JSON


@pytest.mark.parametrize(("model", "data"), MODELS)
def test_json_of_the_service_is_read(model, data):
    read = type(model).from_json({**data, "new": 1})
    assert read == model
    assert read.local_vars_configuration is None
    assert type(model).list_from_json([dict(data), dict(data)]) == [model, model]
    assert tracking_client.ApiClient().sanitize_for_serialization(model) == data


@pytest.mark.parametrize(("model", "data", "name"), FIELDS)
def test_absent_field_is_none_or_rejected(model, data, name):
    key = model.attribute_map[name]
    absent = {each: value for each, value in data.items() if each != key}
    for missing, problem in (
        (absent, f"^{type(model).__name__}: '{key}' is missing$"),
        ({**data, key: None}, f"'{key}': expected {model.openapi_types[name]}, not NoneType"),
    ):
        if name in OPTIONAL[type(model)]:
            expected = with_field(model, name, None)
            assert type(model).from_json(missing) == expected
            assert type(model).list_from_json([dict(missing)]) == [expected]
            assert tracking_client.ApiClient().sanitize_for_serialization(expected) == absent
        else:
            with pytest.raises(ValueError, match=problem):
                type(model).from_json(missing)
            with pytest.raises(ValueError, match=problem):
                type(model).list_from_json([dict(missing)])


@pytest.mark.parametrize(("model", "data", "name"), FIELDS)
def test_json_of_another_type_is_rejected(model, data, name):
    key = model.attribute_map[name]
    for value in (True, [], {}, "7" if model.openapi_types[name] != "str" else 7):
        with pytest.raises(ValueError, match=f"^{type(model).__name__}: '{key}': expected "):
            type(model).from_json({**data, key: value})


@pytest.mark.parametrize(("model", "data", "name"), FIELDS)
def test_unknown_value_from_a_newer_service_is_kept(model, data, name):
    if name not in model.allowed_values:
        return
    read = type(model).from_json({**data, model.attribute_map[name]: "new"})
    assert getattr(read, name) == "new"
    with pytest.raises(ApiValueError):
        setattr(read, name, "new")


def test_number_is_read_as_a_float():
    for number in (12, 12.0, -0.0, 1e300):
        event = Event.from_json({**EVENT_JSON, "start-time": number})
        assert (event.start_time, type(event.start_time)) == (number, float)
    assert math.isnan(QcResult.from_json({**QC_RESULT_JSON, "coverage": math.nan}).coverage)
    with pytest.raises(ValueError, match=r"^Event: 'start-time': int too large to convert to float"):
        Event.from_json({**EVENT_JSON, "start-time": 10**400})


def test_fraction_is_not_an_int():
    with pytest.raises(ValueError, match=r"^Event: 'duration': expected int, not float$"):
        Event.from_json({**EVENT_JSON, "duration": 1.0})
    with pytest.raises(ValueError, match=r"^QcResult: 'number_of_het_snps': expected int, not float$"):
        QcResult.from_json({**QC_RESULT_JSON, "number_of_het_snps": 1.5})


@pytest.mark.slow
@pytest.mark.parametrize(("model", "data"), MODELS)
def test_any_json_is_a_complete_model_or_rejected(model, data):
    keys = {key: st.just(value) | JSON for key, value in data.items()}

    @given(st.fixed_dictionaries({}, optional={**keys, "other": JSON}) | JSON)
    def check(value):
        try:
            read = type(model).from_json(value)
        except ValueError:
            return
        for name, field in read.to_dict().items():
            if field is None:
                assert name in OPTIONAL[type(model)]
            else:
                assert type(field).__name__ == model.openapi_types[name]

    check()


# Comparison, text and copies


@pytest.mark.parametrize(("model", "data"), MODELS)
def test_copies_and_pickles_and_repr_keep_every_field(model, data):
    for changed in (model, *(with_field(model, name, None) for name in OPTIONAL[type(model)])):
        names = {type(model).__name__: type(model)}
        for other in (
            copy.copy(changed),
            copy.deepcopy(changed),
            pickle.loads(pickle.dumps(changed)),
            eval(repr(changed), names),
        ):
            assert other == changed
            assert type(other) is type(model)
            assert other.to_dict() == changed.to_dict()
    assert model.to_str() == pformat(model.to_dict())
    assert json.loads(json.dumps(model.to_dict())) == model.to_dict()


@pytest.mark.parametrize(("model", "data", "name"), FIELDS)
def test_equality_compares_each_field(model, data, name):
    allowed = model.allowed_values.get(name, (VALUE[model.openapi_types[name]],))
    value = next(value for value in (*allowed, "complete") if value != getattr(model, name))
    if name == "id" and type(model) is Sample:
        value = "00000000-0000-0000-0000-000000000000"
    elif name == "id":
        value = 8
    assert with_field(model, name, value) != model
    assert model != model.to_dict()


@pytest.mark.parametrize(("model", "data"), MODELS)
def test_unknown_attribute_cannot_be_set(model, data):
    with pytest.raises(AttributeError):
        model.nonesuch = 7
    with pytest.raises(TypeError, match="unhashable"):
        hash(model)
