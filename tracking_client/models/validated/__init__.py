"""Models that validate more than the schemas of the API say."""

from .event import ValidatedEvent

__all__ = ["ValidatedEvent"]
