"""Who may see and call renewals: never department members, they would learn the exact ARR."""

import datetime as dt

from lifecycle.models import ForecastLock
from team.clock import now
from tests.access.table import World
from tests.lifecycle.makers_renewals import make_renewal


def _renewal(world: World) -> int:
    return make_renewal(world.account).pk


def _foreign_renewal(world: World) -> int:
    return make_renewal(world.foreign_account).pk


def _lock(world: World) -> int:
    lock = ForecastLock.objects.create(
        starts_on=dt.date(2026, 1, 1),
        ends_on=dt.date(2026, 3, 31),
        currency="USD",
        total_due=0,
        total_forecast=0,
        locked_by=world.people["manager"],
        locked_at=now(),
    )
    return lock.pk


THINGS = {"renewal": _renewal, "foreign_renewal": _foreign_renewal, "lock": _lock}

TABLE = """
#                                                anon admin manager csm stranger granted member viewer
GET   renewals                                   in   200  200  200 200  404  404 200
GET   renewal_list                               in   200  200  200 200  404  404 200
GET   renewal renewal_id=$renewal                in   200  200  200 404  404  404 200
GET   renewal renewal_id=$foreign_renewal        in   200  200  404 200  404  404 200
GET   renewal_call renewal_id=$renewal           in   200  200  200 404  404  404 404
POST  renewal_call renewal_id=$renewal           in   422  422  422 404  404  404 404
POST  renewal_call renewal_id=$foreign_renewal   in   422  422  404 422  404  404 404
GET   renewal_close renewal_id=$renewal          in   200  200  200 404  404  404 404
POST  renewal_close renewal_id=$renewal          in   422  422  422 404  404  404 404
GET   forecast_locks                             in   200  200  404 404  404  404 200
GET   forecast_lock                              in   200  200  404 404  404  404 404
POST  forecast_lock                              in   422  422  404 404  404  404 404
GET   forecast_lock_page lock_id=$lock           in   200  200  404 404  404  404 200
GET   forecast_target month=2026-11              in   200  200  404 404  404  404 404
POST  forecast_target month=2026-11              in   302  302  404 404  404  404 404
"""
