"""Whose turn it is, as a decision on plain values: which marks an assessor may give on a script, by the authority's rule.
Knows no database.
"""

from dataclasses import dataclass

FIRST, SECOND, THIRD = "first", "second", "third"
OWN, ONE, OTHER = "own", "one", "other"  # where the two marks come from; the choices of `MarkingRule`


@dataclass(frozen=True)
class Place:
    """Where an assessor stands to the base of a script.

    near: they assess for that base. far: they assess elsewhere and do not belong to that base in any role. Somebody may
    be neither: a registrar of the base who assesses for another one.
    """

    near: bool
    far: bool


NEAR, FAR = Place(near=True, far=False), Place(near=False, far=True)


def kinds_for(marks_from: str, place: Place, *, waited: bool) -> tuple[str, ...]:
    """Return the kinds of mark somebody in this place may give, in the order in which they are given out.

    waited: the days kept for other bases are over, or nobody else could come. With one mark of another base, the first is
    the own base's and the second the other's, so that two of one base can't use both up; the own base may give the second
    once it waited. The third mark, where two disagree, comes from wherever either of the two may come from.
    Raises KeyError for a rule that does not exist.
    """
    near = {
        OWN: (FIRST, SECOND, THIRD),
        ONE: (FIRST, SECOND, THIRD) if waited else (FIRST, THIRD),
        OTHER: (FIRST, SECOND, THIRD) if waited else (),
    }[marks_from]
    far = {OWN: (), ONE: (SECOND, THIRD), OTHER: (FIRST, SECOND, THIRD)}[marks_from]
    return near if place.near else far if place.far else ()
