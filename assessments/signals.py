"""News of this app."""

from django.dispatch import Signal

submission_handed_in = Signal()  # submission, at
result_released = Signal()  # submission, result
appeal_moved = Signal()  # appeal, in its new state
feedback_replied = Signal()  # answer
