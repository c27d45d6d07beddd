"""Tests of a program that uses the tracking service: a pytest plugin with the fixture `tracking_service`.

The package installs the plugin. The fixture needs the extra ``testing``.
"""

import typing

from .. import _lazy

if typing.TYPE_CHECKING:
    from .fixture import RecordedRequest, TrackingServiceFixture

__all__ = ["RecordedRequest", "TrackingServiceFixture"]

__getattr__, __dir__ = _lazy.lazy_attributes(__name__, {".fixture": ["RecordedRequest", "TrackingServiceFixture"]})
