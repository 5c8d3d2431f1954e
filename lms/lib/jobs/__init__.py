"""Jobs that are not lost: a row written with the business change is the truth; Celery only wakes, beat sweeps.

    @job("certificates.issue")
    def issue(handle, certificate: int): ...
    enqueue("certificates.issue", key="issue:…", certificate=pk)
"""

from .registry import enqueue, job

__all__ = ["enqueue", "job"]
