"""Whether playbooks work, from what was measured."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection
from django.utils.translation import gettext as _

from lifecycle.formulas.effects import (
    LEAST_PER_SIDE,
    Difference,
    Side,
    difference_of_means,
    difference_of_shares,
)
from lifecycle.models import Playbook

# An account counts once, with its first start; starts by hand count on no side, since a person chose them.
_SIDES = """
    SELECT first.playbook_id, first.is_held_out, count(*), avg(first.change), coalesce(var_samp(first.change), 0),
           sum(first.after)
      FROM (SELECT DISTINCT ON (play.playbook_id, play.account_id)
                   play.playbook_id, play.state = 'held_out' AS is_held_out, play.effect_after AS after,
                   play.effect_after - play.effect_before AS change
              FROM lifecycle_play play
             WHERE play.playbook_id = ANY(%s) AND play.started_by_id IS NULL
               AND play.effect_before IS NOT NULL AND play.effect_after IS NOT NULL
             ORDER BY play.playbook_id, play.account_id, play.started_at, play.id) first
     GROUP BY first.playbook_id, first.is_held_out
"""
_RETENTION = "retention"


@dataclass(frozen=True, slots=True)
class Effect:
    """The difference in change between accounts with the play and those held out, and its 95 % interval.

    For retention it is a difference of shares (0.05 = five points). None below the evidence floor: `words` say so.
    """

    difference: float | None
    low: float | None
    high: float | None
    n_treated: int
    n_held_out: int
    is_enough: bool
    is_claimed: bool
    is_share: bool
    words: str


def effect_of(playbook: Playbook) -> Effect:
    """The effect of one playbook; one query."""
    return effects_of([playbook])[playbook.pk]


def effects_of(playbooks: Collection[Playbook]) -> dict[int, Effect]:
    """The effects of many, by id; one query."""
    sides: dict[tuple[int, bool], tuple[Side, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_SIDES, [[playbook.pk for playbook in playbooks]])
        for pk, is_held_out, n, mean, variance, kept in cursor.fetchall():
            sides[pk, is_held_out] = (Side(n, float(mean), float(variance)), int(kept))
    nobody = (Side(0, 0.0, 0.0), 0)
    return {
        playbook.pk: _effect(playbook, sides.get((playbook.pk, False), nobody), sides.get((playbook.pk, True), nobody))
        for playbook in playbooks
    }


def _effect(playbook: Playbook, treated: tuple[Side, int], held_out: tuple[Side, int]) -> Effect:
    is_share = playbook.effect_fact == _RETENTION
    n_treated, n_held_out = treated[0].n, held_out[0].n
    if is_share:
        found = difference_of_shares(treated[1], n_treated, held_out[1], n_held_out)
    else:
        found = difference_of_means(treated[0], held_out[0])
    return Effect(
        difference=found.value if found else None,
        low=found.low if found else None,
        high=found.high if found else None,
        n_treated=n_treated,
        n_held_out=n_held_out,
        is_enough=found is not None,
        is_claimed=found is not None and found.is_claimed,
        is_share=is_share,
        words=_words(playbook, found, n_treated, n_held_out),
    )


def _words(playbook: Playbook, found: Difference | None, n_treated: int, n_held_out: int) -> str:
    if not playbook.effect_fact:
        return _("It is not said what it should move.")
    if found is None and not n_held_out and not playbook.holdout_percent:
        return _("Nobody is held out, so there is nothing to compare with.")
    if found is None:
        numbers = {"treated": n_treated, "held_out": n_held_out, "least": LEAST_PER_SIDE}
        return (
            _("Too early to tell: %(treated)d measured with it, %(held_out)d without; it takes %(least)d of each.")
            % numbers
        )
    if not found.is_claimed:
        return _("No difference can be told from chance yet.")
    return _("It moves it up.") if found.value > 0 else _("It moves it down.")
