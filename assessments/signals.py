"""News of this app."""

from django.dispatch import Signal

file_added = Signal()  # file, in the transaction that keeps it
submission_handed_in = Signal()  # submission, at
result_released = Signal()  # submission, result
result_changed = Signal()  # result, before: of a regrade or an appeal, in place of one that was released
regrade_approved = Signal()  # batch
appeal_moved = Signal()  # appeal, in its new state
feedback_replied = Signal()  # answer
expert_commented = Signal()  # comment: inside the transaction that keeps it
turn_began = Signal()  # room, at: a person is on turn, in the transaction that gave it to them
panel_seat_given = Signal()  # seat
defence_moved = Signal()  # defence, action: book, move, cancel, absent, open_vote, vote, declare, release
part_result_released = Signal()  # result
deal_checked = Signal()  # event
referee_asked = Signal()  # referee
