"""An embedded tracking service for local use: on a laptop, in a test or in a notebook.

It stores its data in a SQLite file. It needs the extra ``service`` (Werkzeug) and imports nothing of the client.
"""

from ._operations.endpoint import BASE_PATH
from .application import TrackingService
from .server import RunningService, running_service, start_service

__all__ = ["BASE_PATH", "RunningService", "TrackingService", "running_service", "start_service"]
