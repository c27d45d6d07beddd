"""Many files at once: look them up, and register them."""

from ._outages import ServiceUnavailableError
from .look_up import LookUp, LookUpStatus, look_up
from .registration import Outcome, Registration, register

__all__ = [
    "LookUp",
    "LookUpStatus",
    "Outcome",
    "Registration",
    "ServiceUnavailableError",
    "look_up",
    "register",
]
