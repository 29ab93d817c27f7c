"""Who may open which page across all apps, and whose accounts they may change there."""

from accounts.services.touchpoints import log_touchpoint
from team.clock import today
from tests.access.table import World

TABLE = """
#                                                    anon admin manager csm stranger granted member viewer
GET   today                                          in   200  200  200 200  302  302 200
POST  suggestion_done account_id=$account            in   302  302  302 404  404  404 404
GET   suggestion_snooze account_id=$account          in   200  200  200 404  404  404 404
POST  suggestion_snooze account_id=$account          in   422  422  422 404  404  404 404
POST  suggestion_done account_id=$foreign_account    in   302  302  404 302  404  404 404
GET   ask_snooze touchpoint_id=$ask                  in   200  200  200 404  404  404 404
POST  ask_snooze touchpoint_id=$ask                  in   422  422  422 404  404  404 404

GET   accounts                                       in   200  200  200 200  200  200 200
POST  account_bulk what=assign                       in   302  302  302 302  404  404 404
POST  account_bulk what=nonsense                     in   404  404  404 404  404  404 404

GET   account account_id=$account                    in   200  200  200 404  200  404 200
GET   account account_id=$foreign_account            in   200  200  404 200  404  404 200
GET   account_timeline account_id=$account           in   200  200  200 404  200  404 200
GET   account_people account_id=$account             in   200  200  200 404  200  404 200
GET   account_plan account_id=$account               in   200  200  200 404  200  404 200
GET   account_usage account_id=$account              in   200  200  200 404  200  404 200
GET   account_voice account_id=$account              in   200  200  200 404  200  404 200
# Sums are not for departments, grant or no grant.
GET   account_commercial account_id=$account         in   200  200  200 404  404  404 200
GET   account_peek account_id=$account               in   200  200  200 404  200  404 200
GET   account_strip account_id=$account              in   200  200  200 404  200  404 200
GET   account_field account_id=$account field=csm    in   200  200  200 404  404  404 404
POST  account_field account_id=$account field=next_step  in 422 422 422 404  404  404 404
GET   account_field account_id=$account field=arr    in   404  404  404 404  404  404 404

GET   search                                         in   200  200  200 200  200  200 200
GET   account_options                                in   200  200  200 200  200  200 200
GET   palette_index                                  in   200  200  200 200  200  200 200
GET   palette_search                                 in   200  200  200 200  200  200 200
"""


def _ask(world: World) -> int:
    touchpoint = log_touchpoint(
        actor=world.people["csm"],
        account=world.account,
        kind="mail",
        subject="Data",
        asks_for="The data",
        due_on=today(),
    )
    return touchpoint.pk


THINGS = {"ask": _ask}


def _a_name(world: World) -> dict[str, str]:
    return {"q": world.account.name}


DATA = {"GET search": _a_name, "GET palette_search": _a_name}
