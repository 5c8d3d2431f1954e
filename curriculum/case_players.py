"""The place where the app that plays cases with trainees lends its pages to previews. Nothing it draws is recorded.

One player is registered in that app's `AppConfig.ready()`; without one a preview shows the case as text.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest

from .playthrough import Playthrough


@dataclass(frozen=True)
class CasePlayer:
    """render: the HTML of one state, whose form (method GET, to the same address) gives the choices so far as hidden
    `way` and the new one as `way`; stylesheet: a static file it needs."""

    render: Callable[[HttpRequest, Playthrough], str]
    stylesheet: str = ""


_players: list[CasePlayer] = []


def register(player: CasePlayer) -> CasePlayer:
    """Lend a player; the last one registered is taken."""
    _players[:] = [player]
    return player


def player() -> CasePlayer | None:
    return _players[0] if _players else None
