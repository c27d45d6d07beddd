"""Many files at once: look them up, and register them."""

from .look_up import LookUp, LookUpStatus, look_up

__all__ = ["LookUp", "LookUpStatus", "look_up"]
