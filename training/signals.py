"""News of the training app, sent inside the transaction that makes it true."""

from django.dispatch import Signal

enrolled = Signal()  # sender=Enrolment, enrolment, at
withdrawn = Signal()  # sender=Enrolment, enrolment, at
hours_recorded = Signal()  # sender=StudyRecord, enrolment, at
