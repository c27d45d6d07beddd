"""Celery's JSON results: an exception is stored as its class and its args, and rebuilt from them."""

from __future__ import annotations

import pytest

from tracking_client import exceptions

celery_base = pytest.importorskip("celery.backends.base")

API_CLASSES = [
    class_
    for class_ in vars(exceptions).values()
    if isinstance(class_, type) and issubclass(class_, exceptions.ApiException)
]


@pytest.mark.parametrize("class_", API_CLASSES)
@pytest.mark.parametrize("status", [0, 404, 503])
def test_exception_survives_a_json_result(class_, status):
    celery = pytest.importorskip("celery")
    backend = celery_base.Backend(app=celery.Celery(set_as_current=False), serializer="json")
    error = class_(status, "a reason")
    stored = backend.encode(backend.prepare_exception(error))
    other = backend.exception_to_python(backend.decode(stored))
    assert type(other) is class_
    assert (other.status, other.reason, other.temporary) == (status, "a reason", error.temporary)
    assert repr(other) == repr(error)
