"""Access to mail to customers and its templates."""

from lifecycle.models import AccountMail
from tests.access.table import World
from tests.lifecycle.makers_mails import make_mail, make_template
from tests.makers import make_contact

TABLE = """
#                                                     anon admin manager csm stranger granted member viewer
GET   mail_compose account_id=$account                in   200   200     200 404      404     404    404
POST  mail_compose account_id=$account                in   422   422     422 404      404     404    404
GET   mail_compose account_id=$foreign_account        in   200   200     404 200      404     404    404
GET   mail_review                                     in   200   200     200 200      404     404    404
GET   mail_drafts                                     in   200   200     200 200      404     404    404
POST  mail_send_many                                  in   200   200     200 200      404     404    404
GET   mail mail_id=$play_mail                         in   200   200     200 404      404     404    200
GET   mail mail_id=$draft_mail                        in   404   404     404 404      404     404    404
GET   mail_edit mail_id=$play_mail                    in   200   200     200 404      404     404    404
POST  mail_edit mail_id=$play_mail                    in   422   422     422 404      404     404    404
GET   mail_edit mail_id=$draft_mail                   in   404   404     200 404      404     404    404
POST  mail_discard mail_id=$draft_mail                in   404   404     302 404      404     404    404
GET   mail_send mail_id=$play_mail                    in   200   200     200 404      404     404    404
POST  mail_send mail_id=$play_mail                    in   302   302     302 404      404     404    404
GET   mail_reject mail_id=$play_mail                  in   200   200     200 404      404     404    404
POST  mail_reject mail_id=$play_mail                  in   422   422     422 404      404     404    404
GET   mail_later mail_id=$play_mail                   in   200   200     200 404      404     404    404
POST  mail_later mail_id=$play_mail                   in   422   422     422 404      404     404    404
GET   mail_templates                                  in   200   200     200 200      404     404    200
GET   mail_template_create                            in   200   200     404 404      404     404    404
POST  mail_template_create                            in   422   422     404 404      404     404    404
GET   mail_template_edit template_id=$mail_template   in   200   200     404 404      404     404    404
POST  mail_template_edit template_id=$mail_template   in   422   422     404 404      404     404    404
POST  mail_template_delete template_id=$mail_template in   302   302     404 404      404     404    404
"""


def _play_mail(world: World) -> int:
    contact = make_contact(world.account, name="Ana Holm", email="ana@table.example")
    return make_mail(contact, owner=world.people["csm"]).pk


def _draft(world: World) -> int:
    contact = make_contact(world.account, name="Bo Ny", email="bo@table.example")
    return make_mail(contact, owner=world.people["csm"], state=AccountMail.State.DRAFT).pk


DATA = {"POST mail_compose": {"do": "preview"}, "POST mail_edit": {"do": "preview"}}
THINGS = {
    "play_mail": _play_mail,
    "draft_mail": _draft,
    "mail_template": lambda world: make_template().pk,
}
