"""Initiatives: of Product, where `granted` is; `$ini_sales_initiative` of a department in which nobody here is."""

from typing import Any

from team.clock import today
from tests.access.table import World
from tests.makers import make_contact, make_user
from tests.voc.makers import make_insight
from tests.voc.makers_initiatives import make_initiative
from voc.models import Initiative

TABLE = """
#                                                        anon admin manager csm stranger granted member viewer
GET  initiatives                                         in   200   200     200 200      200     200    200
GET  initiative_add                                      in   200   200     404 404      200     200    404
POST initiative_add                                      in   422   422     404 404      422     422    404
POST initiative_from                                     in   302   302     404 404      302     302    404
GET  initiative pk=$ini_initiative                           in   200   200     200 200      200     404    200
GET  initiative pk=$ini_sales_initiative                     in   200   200     200 200      404     404    200
GET  initiative_edit pk=$ini_initiative                      in   200   200     404 404      200     404    404
POST initiative_edit pk=$ini_initiative                      in   422   422     404 404      422     404    404
POST initiative_edit pk=$ini_sales_initiative                in   422   422     404 404      404     404    404
POST initiative_start pk=$ini_initiative                     in   302   302     404 404      302     404    404
POST initiative_reopen pk=$ini_initiative                    in   302   302     404 404      302     404    404
GET  initiative_ship pk=$ini_initiative                      in   200   200     404 404      200     404    404
POST initiative_ship pk=$ini_initiative                      in   422   422     404 404      422     404    404
GET  initiative_drop pk=$ini_initiative                      in   200   200     404 404      200     404    404
POST initiative_drop pk=$ini_initiative                      in   422   422     404 404      422     404    404
GET  initiative_texts pk=$ini_initiative                     in   200   200     404 404      200     404    404
POST initiative_texts pk=$ini_initiative                     in   302   302     404 404      302     404    404
GET  initiative_insight_add pk=$ini_initiative               in   200   200     404 404      200     404    404
POST initiative_insight_add pk=$ini_initiative               in   422   422     404 404      422     404    404
GET  initiative_insight_options pk=$ini_initiative           in   200   200     404 404      200     404    404
POST initiative_insight_remove pk=$ini_asked insight=$ini_asking in   302   302     404 404      302     404    404
POST initiative_insight_remove pk=$ini_initiative insight=$ini_asking in 404 404    404 404      404     404    404
GET  initiative_vote pk=$ini_initiative                      in   200   200     200 200      200     404    404
POST initiative_vote pk=$ini_initiative                      in   422   422     422 422      422     404    404
POST initiative_vote_remove pk=$ini_wanted vote=$ini_vote        in   302   302     302 404      302     404    404
POST initiative_vote_remove pk=$ini_initiative vote=$ini_vote    in   404   404     404 404      404     404    404
GET  tellings pk=$ini_shipped                                in   200   200     404 404      200     404    404
GET  tellings_send pk=$ini_shipped                           in   200   200     404 404      200     404    404
POST tellings_send pk=$ini_shipped                           in   422   422     404 404      422     404    404
GET  telling_edit pk=$ini_shipped telling=$ini_letter            in   200   200     404 404      200     404    404
POST telling_edit pk=$ini_shipped telling=$ini_letter            in   422   422     404 404      422     404    404
GET  telling_edit pk=$ini_shipped telling=$ini_foreign_letter    in   200   200     404 404      404     404    404
GET  telling_edit pk=$ini_initiative telling=$ini_letter         in   404   404     404 404      404     404    404
GET  telling_leave_out pk=$ini_shipped telling=$ini_letter       in   200   200     404 404      200     404    404
POST telling_leave_out pk=$ini_shipped telling=$ini_letter       in   422   422     404 404      422     404    404
POST telling_take_in pk=$ini_shipped telling=$ini_letter         in   302   302     404 404      302     404    404
POST telling_send pk=$ini_shipped telling=$ini_letter            in   302   302     404 404      302     404    404
POST telling_send pk=$ini_shipped telling=$ini_foreign_letter    in   302   302     404 404      404     404    404
GET  insight_initiative pk=$ini_free_insight                 in   200   200     404 404      200     404    404
POST insight_initiative pk=$ini_free_insight                 in   422   422     404 404      422     404    404
GET  you_said                                            200  200   200     200 200      200     200    200
"""


def named(world: World, title: str, **fields: Any) -> Initiative:
    """One initiative per name, whichever thing is asked for first."""
    return Initiative.objects.filter(title=title).first() or make_initiative(title=title, **fields)


def asked(world: World) -> Initiative:
    """One that an insight of `$account` asks for."""
    found = named(world, "Asked")
    if not found.asks.exists():
        found.asks.create(insight=make_insight(world.account, theme="asked"))
    return found


def wanted(world: World) -> Initiative:
    """One that somebody wants on behalf of `$account`."""
    found = named(world, "Wanted")
    if not found.voters.exists():
        found.voters.create(account=world.account)
    return found


def letter(world: World, *, is_foreign: bool = False) -> int:
    """A draft to a person of `$account`, or of the foreign one."""
    account = world.foreign_account if is_foreign else world.account
    shipped = named(world, "Shipped", state="shipped", shipped_on=today(), owner=make_user())
    return shipped.tellings.create(contact=make_contact(account), text="Dear you").pk


THINGS = {
    "ini_initiative": lambda world: named(world, "Open").pk,
    "ini_sales_initiative": lambda world: named(world, "Of sales", department="sales").pk,
    "ini_asked": lambda world: asked(world).pk,
    "ini_asking": lambda world: asked(world).asks.get().insight_id,
    "ini_wanted": lambda world: wanted(world).pk,
    "ini_vote": lambda world: wanted(world).voters.get().pk,
    "ini_shipped": lambda world: named(world, "Shipped", state="shipped", shipped_on=today()).pk,
    "ini_letter": letter,
    "ini_foreign_letter": lambda world: letter(world, is_foreign=True),
    "ini_free_insight": lambda world: make_insight(world.account, theme="free").pk,
}
