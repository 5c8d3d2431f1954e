"""News of this app."""

from django.dispatch import Signal

submission_handed_in = Signal()  # submission, at
result_released = Signal()  # submission, result
result_changed = Signal()  # result, before: of a regrade or an appeal, in place of one that was released
regrade_approved = Signal()  # batch
appeal_moved = Signal()  # appeal, in its new state
feedback_replied = Signal()  # answer
expert_commented = Signal()  # comment: inside the transaction that keeps it
