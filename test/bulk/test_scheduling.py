"""How the thread that waits for results is woken."""

from __future__ import annotations

import time

from tracking_client.bulk import _scheduling
from tracking_client.bulk._scheduling import ThreadedRun, _Slot


def test_result_that_comes_just_before_the_wait_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(_scheduling, "_LONGEST_WAKE_UP_DELAY", 60)

    class JustFinished(_Slot):
        def new_waiter(self):
            self.result = first.result = "done"
            return super().new_waiter()

    first, later = _Slot(), JustFinished()
    first.next, later.next = later, _Slot()
    start = time.monotonic()
    ThreadedRun(None, [], 2)._wait_for(first)
    assert time.monotonic() - start < 30
