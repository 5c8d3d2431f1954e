"""A case followed along a row of choices, for previews: nothing is kept, the way stands in the address. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from .cases import CaseScript, Option, Stage


@dataclass(frozen=True)
class Passed:
    """A stage gone through; option: what was chosen, None where nothing is asked."""

    stage: Stage
    option: Option | None


@dataclass(frozen=True)
class Playthrough:
    """Where a row of choices leads. stage: the present one, None when the decisions are made. astray: the row named a
    choice that is not there (the case was changed since, or someone wrote the address by hand); it was followed as far
    as it goes."""

    script: CaseScript
    passed: tuple[Passed, ...]
    stage: Stage | None
    astray: bool = False

    @property
    def way(self) -> list[str]:
        """The choices that were followed, "" where nothing was asked."""
        return [step.option.key if step.option else "" for step in self.passed]

    @property
    def stages_seen(self) -> list[str]:
        return [step.stage.key for step in self.passed]


def follow(script: CaseScript, way: Iterable[str]) -> Playthrough:
    """Return where the choices lead, from the first stage on. A case with a circle ends where it would come round."""
    stage = script.stages[0] if script.stages else None
    passed: list[Passed] = []
    astray = False
    for choice in way:
        if stage is None:
            astray = True
            break
        try:
            following = script.next_stage(stage, choice)
        except ValueError:
            astray = True
            break
        option = stage.decision.option(choice) if stage.decision else None
        if following is not None and following.key in {stage.key, *(step.stage.key for step in passed)}:
            astray = True
            break
        passed.append(Passed(stage, option))
        stage = following
    return Playthrough(script, tuple(passed), stage, astray)
