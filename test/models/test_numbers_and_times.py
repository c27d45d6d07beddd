"""Numbers of other libraries, `datetime` and `timedelta` as values of the models."""

from __future__ import annotations

import json
import math
import numbers
import re
import time
from datetime import date, datetime, timedelta, timezone
from enum import IntEnum
from fractions import Fraction

import pytest
from clients import add_sample, client_for
from endpoints import EVENT, EVENT_JSON, ID, QC_RESULT
from scripted_server import http_response, respond, scripted_server

from tracking_client import (
    ApiTypeError,
    ApiValueError,
    Configuration,
    Event,
    EventApi,
    NotFoundException,
    QcResult,
    QcResultApi,
    ValidatedEvent,
)
from tracking_client._wire.serialization import encode

FIELDS = EVENT.to_dict()


class Whole:
    """An integer of another library, as numpy's are: registered, but not a subclass."""

    def __init__(self, value: int) -> None:
        self.value = value

    def __int__(self) -> int:
        return self.value


class Decimals:
    """A floating-point number of another library."""

    def __init__(self, value: float) -> None:
        self.value = value

    def __float__(self) -> float:
        return self.value


numbers.Integral.register(Whole)
numbers.Real.register(Decimals)


class Level(IntEnum):
    HIGH = 7


def is_plain(value, expected):
    return value == expected and type(value) is type(expected)


@pytest.mark.parametrize("value", [Whole(7), Level.HIGH], ids=["stand-in", "enumeration"])
@pytest.mark.parametrize("model", [Event, ValidatedEvent])
def test_integer_of_another_library_becomes_an_int(model, value):
    event = model(**{**FIELDS, "id": value, "duration": value, "start_time": value})
    assert all(is_plain(each, 7) for each in (event.id, event.duration, event.start_time))
    event.duration = Whole(8)
    assert is_plain(event.duration, 8)
    result = QcResult(value, value, "passed")
    assert is_plain(result.coverage, 7)
    assert is_plain(result.number_of_het_snps, 7)


@pytest.mark.parametrize("value", [Decimals(0.5), Fraction(1, 2)], ids=["stand-in", "fraction"])
def test_floating_point_number_of_another_library_becomes_a_float(value):
    assert is_plain(Event(**{**FIELDS, "start_time": value}).start_time, 0.5)
    assert is_plain(QcResult(value, 3, "passed").coverage, 0.5)
    for name, model in (("duration", EVENT), ("number_of_het_snps", QC_RESULT)):
        with pytest.raises(ApiTypeError, match=f"`{name}` .*, must be int"):
            type(model)(**{**model.to_dict(), name: value})


def test_numbers_of_numpy():
    numpy = pytest.importorskip("numpy")
    for type_ in (numpy.int8, numpy.int64, numpy.uint16):
        event = ValidatedEvent(**{**FIELDS, "duration": type_(5), "start_time": type_(5)})
        assert is_plain(event.duration, 5)
        assert is_plain(event.start_time, 5)
        assert is_plain(QcResult(type_(5), type_(5), "passed").number_of_het_snps, 5)
    for type_ in (numpy.float16, numpy.float32, numpy.float64):
        assert is_plain(QcResult(type_(0.5), 3, "passed").coverage, 0.5)
        assert is_plain(Event(**{**FIELDS, "start_time": type_(0.5)}).start_time, 0.5)
        with pytest.raises(ApiTypeError, match="must be int"):
            Event(**{**FIELDS, "duration": type_(5)})
    for value in (numpy.bool_(True), numpy.array([5])):
        with pytest.raises(ApiTypeError, match="must be"):
            QcResult(35.5, value, "passed")
    with pytest.raises(ApiValueError, match="JSON"):
        encode(QcResult(numpy.float32("nan"), 3, "passed"))
    body = {"coverage": numpy.float32(0.5), "number_of_het_snps": numpy.int64(5), "counts": [numpy.int8(1)]}
    assert json.loads(encode(body)) == {"coverage": 0.5, "number_of_het_snps": 5, "counts": [1]}


@pytest.mark.parametrize("value", [True, False, "7", 7j, None], ids=repr)
def test_what_is_no_number_is_rejected_as_before(value):
    for name in ("start_time", "duration"):
        with pytest.raises((ApiTypeError, ApiValueError), match=name):
            Event(**{**FIELDS, name: value})


def test_nan_and_infinity_are_rejected_when_they_are_sent():
    for value in (math.nan, math.inf):
        with pytest.raises(ApiValueError, match="JSON"):
            encode(QcResult(Decimals(value), 3, "passed"))


def test_number_that_is_too_large_for_a_float_is_rejected():
    with pytest.raises(ApiValueError, match="`coverage`"):
        QcResult(Fraction(10**400), 3, "passed")
    with pytest.raises(ApiValueError, match="Fraction cannot be represented in JSON"):
        encode([Fraction(10**400)])


def test_numbers_of_another_library_are_sent_as_json():
    unvalidated = Configuration()
    unvalidated.client_side_validation = False
    result = QcResult(Decimals(0.5), Whole(5), "passed", local_vars_configuration=unvalidated)
    assert json.loads(encode(result)) == {"coverage": 0.5, "number_of_het_snps": 5, "decision": "passed"}
    assert encode([Whole(5), Decimals(0.5)]) == b"[5, 0.5]"


# Times

START = datetime(2020, 5, 11, 12, 26, 40, 250_000, timezone.utc)


@pytest.mark.parametrize(
    "moment", [START, START.astimezone(timezone(timedelta(hours=5, minutes=30)))], ids=["utc", "other time zone"]
)
def test_start_time_may_be_an_aware_datetime(moment):
    assert is_plain(Event(**{**FIELDS, "start_time": moment}).start_time, 1589200000.25)
    event = Event(**FIELDS)
    event.start_time = moment + timedelta(seconds=1)
    assert is_plain(event.start_time, 1589200001.25)


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the time zone of a process cannot be changed")
def test_datetime_without_a_time_zone_is_local_time(monkeypatch):
    monkeypatch.setenv("TZ", "XYZ-2")  # two hours ahead of UTC
    time.tzset()
    try:
        moment = START.replace(tzinfo=None)
        assert Event(**{**FIELDS, "start_time": moment}).start_time == 1589200000.25 - 7200
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("model", [Event, ValidatedEvent])
@pytest.mark.parametrize(
    ("duration", "expected"),
    [(timedelta(minutes=1, seconds=30), 90000), (timedelta(microseconds=1600), 2), (timedelta(-1), -86_400_000)],
)
def test_duration_may_be_a_timedelta(model, duration, expected):
    assert is_plain(model(**{**FIELDS, "duration": duration}).duration, expected)
    event = model(**FIELDS)
    event.duration = duration
    assert is_plain(event.duration, expected)


def test_time_of_the_other_kind_is_rejected():
    for name, value in (("start_time", timedelta(1)), ("duration", START), ("start_time", date(2020, 5, 11))):
        with pytest.raises(ApiTypeError, match=f"`{name}`"):
            Event(**{**FIELDS, name: value})
    with pytest.raises(ApiValueError, match="duration must be an integer"):
        ValidatedEvent(**{**FIELDS, "duration": START})


def test_datetime_that_has_no_timestamp_is_rejected():
    with pytest.raises(ApiValueError, match="`start_time`"):
        Event(**{**FIELDS, "start_time": datetime.min})  # local time, which may be in the year 0 of UTC


def test_client_sends_what_was_converted(api_client):
    sample = add_sample(api_client)
    events, results = EventApi(api_client), QcResultApi(api_client)
    fields = {**FIELDS, "start_time": START, "duration": timedelta(seconds=90)}
    del fields["id"]
    by_key = {Event.attribute_map[name]: value for name, value in fields.items()}
    for body in (Event(**fields), ValidatedEvent(**fields), fields, by_key, {**fields, "duration": Whole(90000)}):
        added = events.samples_id_events_post(sample, body)
        assert added == Event(**{**FIELDS, "id": added.id})
    assert by_key["start-time"] is START
    result = results.samples_id_qc_result_put(
        sample, {"coverage": Decimals(0.5), "number_of_het_snps": Whole(5), "decision": "passed"}
    )
    assert result == QcResult(0.5, 5, "passed")
    assert EVENT_JSON["duration"] == 90000


def test_id_of_an_event_may_be_a_number_of_another_library():
    with scripted_server(respond(http_response(b'{"code": 404, "message": "Not found"}', "404 x"))) as server:
        api = EventApi(client_for(server.host))
        with pytest.raises(NotFoundException):
            api.samples_id_events_event_id_get(ID, Whole(7))
        with pytest.raises(ApiTypeError):
            api.samples_id_events_event_id_get(ID, Decimals(7.0))
    assert server.requests[0].startswith(f"GET /api/v1/samples/{ID}/events/7 ".encode())


def test_times_of_numpy():
    numpy = pytest.importorskip("numpy")
    for minute in ("60000000000ns", "60000000us", "60000ms", "60s", "1m"):
        duration = numpy.timedelta64(int(re.match(r"\d+", minute)[0]), re.search(r"\D+", minute)[0])
        assert Event(**{**FIELDS, "duration": duration}).duration == 60_000
        with pytest.raises(ApiTypeError):
            QcResult(duration, 3, "passed")
    moment = datetime(2026, 11, 28, 12, 30)
    assert Event(**{**FIELDS, "start_time": numpy.datetime64(moment, "ns")}).start_time == moment.timestamp()
    for field, value in (("duration", numpy.timedelta64("NaT")), ("start_time", numpy.datetime64("NaT", "ns"))):
        with pytest.raises(ApiValueError, match=f"`{field}`"):
            Event(**{**FIELDS, field: value})
