"""News of the training app, sent inside the transaction that makes it true."""

from django.dispatch import Signal

enrolled = Signal()  # sender=Enrolment, enrolment, at
withdrawn = Signal()  # sender=Enrolment, enrolment, at
taken_back = Signal()  # sender=Enrolment, enrolment, at: active again after it was withdrawn
hours_recorded = Signal()  # sender=StudyRecord, enrolment, at
