"""Everybody on the team reads the library; those who edit facts change it and send from it."""

from lifecycle.models import ContentBatch, ContentItem
from team.clock import now
from tests.access.table import World


def _item(world: World) -> int:
    return ContentItem.objects.create(title="Planning basics", owner=world.people["csm"]).pk


def _batch(world: World) -> int:
    batch = ContentBatch.objects.create(
        content_id=_item(world),
        subject="x",
        body="x",
        asks_for="x",
        created_by=world.people["csm"],
        created_at=now(),
        finished_at=now(),
    )
    return batch.pk


THINGS = {"item": _item, "batch": _batch}

TABLE = """
#                                                      anon admin manager csm stranger granted member viewer [keys]
GET   library                                          in   200  200  200 200  200  200 200
GET   content_gaps                                     in   200  200  200 200  404  404 200
GET   content_item item_id=$item                       in   200  200  200 200  200  200 200
GET   content_create                                   in   200  200  200 200  404  404 404
POST  content_create                                   in   422  422  422 422  404  404 404
GET   content_edit item_id=$item                       in   200  200  200 200  404  404 404
POST  content_edit item_id=$item                       in   422  422  422 422  404  404 404
POST  content_delete item_id=$item                     in   302  302  302 302  404  404 404
GET   content_send item_id=$item                       in   200  200  200 200  404  404 404
POST  content_send item_id=$item                       in   422  422  422 422  404  404 404
GET   content_batch batch_id=$batch                    in   200  200  200 200  404  404 200
POST  content_batch_stop batch_id=$batch               in   302  302  302 302  404  404 404
GET   completion_add account_id=$account item_id=$item in   200  200  200 404  404  404 404
POST  completion_add account_id=$account item_id=$item in   422  422  422 404  404  404 404
GET   api_completions                                  401  200  200  200 200  200  200 200 200 200
POST  api_completions                                  401  400  400  400 400  400  400 400 403 400
"""
