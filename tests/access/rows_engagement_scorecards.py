"""Scorecards are read by the team and written by those who lead; judgements by hand follow the account's editors."""

import datetime as dt
from typing import Any

from accounts.models import Account
from engagement.models import ManualJudgement, Scorecard
from engagement.selectors.scorecard_documents import document_of
from engagement.services.defaults import ensure_default_scorecard
from engagement.services.scorecards import create_draft, publish_draft
from team.clock import today
from tests.access.table import World


def draft(world: World) -> int:
    return create_draft(actor=world.people["admin"], document=document_of(ensure_default_scorecard())).pk


def variant(world: World) -> int:
    """A stage's own scorecard in force, so that it can be retired."""
    card = Scorecard.objects.get(pk=draft(world))
    Scorecard.objects.filter(pk=card.pk).update(stage_kind="renewal", number=1)
    card.refresh_from_db()
    publish_draft(actor=world.people["admin"], card=card, note="Renewals differ")
    return card.pk


def judgement(account: Account, world: World) -> int:
    return ManualJudgement.objects.create(
        account=account,
        value=50,
        reason="Because",
        valid_until=today() + dt.timedelta(days=9),
        created_by=world.people["admin"],
    ).pk


TABLE = """
#                                                                 anon admin manager csm stranger granted member viewer
GET  scorecards                                                      in 200 200 200 200 200 200 200
GET  scorecard_card     pk=$scorecard                                in 200 200 200 200 200 200 200
GET  scorecard_card     pk=$card_draft                               in 200 200 404 404 404 404 404
GET  scorecard_compare  pk=$scorecard                                in 200 200 200 200 200 200 200
GET  scorecard_compare  pk=$card_draft                               in 200 200 404 404 404 404 404
GET  scorecard_export   pk=$scorecard                                in 200 200 404 404 404 404 404
GET  scorecard_what_if  pk=$card_draft                               in 200 200 404 404 404 404 404
GET  scorecard_new                                                   in 200 200 404 404 404 404 404
POST scorecard_new                                                   in 422 422 404 404 404 404 404
GET  scorecard_import                                                in 200 200 404 404 404 404 404
POST scorecard_import                                                in 422 422 404 404 404 404 404
GET  scorecard_edit     pk=$card_draft                               in 200 200 404 404 404 404 404
GET  scorecard_edit     pk=$scorecard                                in 302 302 404 404 404 404 404
POST scorecard_edit     pk=$card_draft                               in 422 422 404 404 404 404 404
POST scorecard_effect   pk=$card_draft                               in 200 200 404 404 404 404 404
GET  scorecard_scale    pk=$card_draft measure=silence               in 200 200 404 404 404 404 404
GET  scorecard_publish  pk=$card_draft                               in 200 200 404 404 404 404 404
POST scorecard_publish  pk=$card_draft                               in 422 422 404 404 404 404 404
GET  scorecard_delete   pk=$card_draft                               in 200 200 404 404 404 404 404
POST scorecard_delete   pk=$card_draft                               in 302 302 404 404 404 404 404
GET  scorecard_retire   pk=$card_variant                             in 200 200 404 404 404 404 404
POST scorecard_retire   pk=$card_variant                             in 302 302 404 404 404 404 404
GET  score_move         pk=$account                                  in 200 200 200 404 200 404 200
GET  score_move         pk=$foreign_account                          in 200 200 404 200 404 404 200
GET  judgement_add      pk=$account                                  in 200 200 200 404 404 404 404
POST judgement_add      pk=$account                                  in 422 422 422 404 404 404 404
GET  judgement_add      pk=$foreign_account                          in 200 200 404 200 404 404 404
POST judgement_withdraw pk=$account judgement=$judgement             in 302 302 302 404 404 404 404
POST judgement_withdraw pk=$account judgement=$foreign_judgement     in 404 404 404 404 404 404 404
POST judgement_withdraw pk=$foreign_account judgement=$judgement     in 404 404 404 404 404 404 404
"""

THINGS: dict[str, Any] = {
    "scorecard": lambda world: ensure_default_scorecard().pk,
    "card_draft": draft,
    "card_variant": variant,
    "judgement": lambda world: judgement(world.account, world),
    "foreign_judgement": lambda world: judgement(world.foreign_account, world),
}
