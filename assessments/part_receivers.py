"""Turns news of defences and portfolios into mails."""

from django.dispatch import receiver

from lms.lib.jobs import enqueue

from .models import Deal, Defence, PanelSeat, PartResult, Referee
from .signals import deal_checked, defence_moved, panel_seat_given, part_result_released, referee_asked


@receiver(defence_moved, sender=Defence)
def tell_of_defence(sender, defence: Defence, action: str, **kwargs) -> None:
    if action in ("book", "move", "cancel"):
        key = f"mail-defence:{defence.uuid}:{action}:{defence.slot_id}:{defence.moves}"
        enqueue("assessments.mail_defence", key=key, defence=defence.pk, action=action)


@receiver(panel_seat_given, sender=PanelSeat)
def tell_of_seat(sender, seat: PanelSeat, **kwargs) -> None:
    enqueue("assessments.mail_seat", key=f"mail-seat:{seat.uuid}", seat=seat.pk)


@receiver(part_result_released, sender=PartResult)
def tell_of_part_result(sender, result: PartResult, **kwargs) -> None:
    enqueue("assessments.mail_part_result", key=f"mail-part-result:{result.uuid}", result=result.pk)


@receiver(referee_asked, sender=Referee)
def ask_referee(sender, referee: Referee, **kwargs) -> None:
    enqueue("assessments.mail_referee", key=f"ask-referee:{referee.uuid}", referee=referee.pk)


@receiver(deal_checked, sender=Deal)
def tell_of_finding(sender, event, **kwargs) -> None:
    enqueue("assessments.mail_finding", key=f"mail-finding:{event.pk}", event=event.pk)
