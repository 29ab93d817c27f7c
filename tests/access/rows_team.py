"""Who may do what with people, settings, audit and the own profile."""

import datetime as dt

from allauth.usersessions.models import UserSession

from team.models import Absence, Notice
from team.services.departments import add_holiday
from team.services.invitations import invite_person
from team.services.keys import create_key
from team.services.undo import log_action
from team.services.views import save_view
from tests.access.table import World

TABLE = """
#                                              anon admin manager csm stranger granted member viewer
# The public ones: whoever is logged in already is sent on.
GET   account_login                            200  302  302  302 302  302  302 302
POST  account_login                            200  302  302  302 302  302  302 302
GET   account_logout                           302  200  200  200 200  200  200 200
POST  account_logout                           302  302  302  302 302  302  302 302
GET   account_inactive                         200  200  200  200 200  200  200 200
GET   account_signup                           404  404  404  404 404  404  404 404
GET   join token=$join_token                   200  200  200  200 200  200  200 200
POST  join token=$join_token                   422  422  422  422 422  422  422 422
GET   join token=rubbish                       410  410  410  410 410  410  410 410
GET   account_reset_password                   200  200  200  200 200  200  200 200
POST  account_reset_password                   200  200  200  200 200  200  200 200
GET   account_reset_password_done              200  200  200  200 200  200  200 200
GET   account_reset_password_from_key_done     200  200  200  200 200  200  200 200
GET   account_reset_password_from_key uidb36=1 key=x  200 200 200 200 200 200 200 200
POST  account_reset_password_from_key uidb36=1 key=x  200 200 200 200 200 200 200 200
GET   mfa_authenticate                         in   302  302  302 302  302  302 302
POST  mfa_authenticate                         in   302  302  302 302  302  302 302

# The own access.
GET   account_reauthenticate                   in   200  200  200 200  200  200 200
POST  account_reauthenticate                   in   200  200  200 200  200  200 200
GET   account_change_password                  in   200  200  200 200  200  200 200
POST  account_change_password                  in   200  200  200 200  200  200 200
GET   account_set_password                     in   302  302  302 302  302  302 302
POST  account_set_password                     in   302  302  302 302  302  302 302
GET   mfa_index                                in   302  302  302 302  302  302 302
GET   mfa_reauthenticate                       in   302  302  302 302  302  302 302
POST  mfa_reauthenticate                       in   302  302  302 302  302  302 302
GET   mfa_activate_totp                        in   302  302  302 302  302  302 302
POST  mfa_activate_totp                        in   302  302  302 302  302  302 302
GET   mfa_deactivate_totp                      in   404  404  404 404  404  404 404
POST  mfa_deactivate_totp                      in   404  404  404 404  404  404 404
GET   mfa_view_recovery_codes                  in   404  404  404 404  404  404 404
GET   mfa_generate_recovery_codes              in   302  302  302 302  302  302 302
POST  mfa_generate_recovery_codes              in   302  302  302 302  302  302 302
GET   mfa_download_recovery_codes              in   404  404  404 404  404  404 404

# The own things; somebody else's are not there, not even for an admin.
GET   inbox                                    in   200  200  200 200  200  200 200
POST  inbox_read                               in   302  302  302 302  302  302 302
POST  notice_read pk=$notice                   in   404  404  302 404  404  404 404
POST  notice_unread pk=$notice                 in   404  404  302 404  404  404 404
POST  notice_snooze pk=$notice                 in   404  404  302 404  404  404 404
GET   recent                                   in   200  200  200 200  200  200 200
POST  undo pk=$action                          in   404  404  302 404  404  404 404
POST  undo_last                                in   302  302  302 302  302  302 302
POST  views                                    in   422  422  422 422  422  422 422
POST  view_rename pk=$own_view                 in   404  404  422 404  404  404 404
POST  view_rename pk=$shared_view              in   404  404  422 404  404  404 404
POST  view_share pk=$own_view                  in   404  404  302 404  404  404 404
POST  view_share pk=$shared_view               in   404  404  302 404  404  404 404
POST  view_star pk=$own_view                   in   404  404  302 404  404  404 404
POST  view_star pk=$shared_view                in   302  302  302 302  302  302 302
POST  view_delete pk=$own_view                 in   404  404  302 404  404  404 404
POST  view_delete pk=$shared_view              in   404  404  302 404  404  404 404
GET   settings                                 in   302  302  302 302  302  302 302
GET   profile                                  in   200  200  200 200  200  200 200
POST  profile                                  in   422  422  422 422  422  422 422
GET   security                                 in   200  200  200 200  200  200 200
POST  session_end pk=$session                  in   302  302  302 302  302  302 302
GET   absences                                 in   200  200  200 200  200  200 200
POST  absences                                 in   422  422  422 422  422  422 422
POST  absence_remove pk=$absence               in   404  404  302 404  404  404 404
GET   api_keys                                 in   200  200  200 200  200  200 200
POST  api_keys                                 in   422  422  422 422  422  422 422
POST  api_key_revoke pk=$key                   in   302  404  302 404  404  404 404

# The vendor's settings.
GET   people                                   in   200  404  404 404  404  404 404
GET   person_invite                            in   200  404  404 404  404  404 404
POST  person_invite                            in   422  404  404 404  404  404 404
GET   person pk=$csm                           in   200  404  404 404  404  404 404
POST  person pk=$csm                           in   422  404  404 404  404  404 404
POST  person_role pk=$csm                      in   422  404  404 404  404  404 404
POST  person_deactivate pk=$csm                in   302  404  404 404  404  404 404
POST  person_reactivate pk=$csm                in   302  404  404 404  404  404 404
POST  person_reset_mfa pk=$csm                 in   302  404  404 404  404  404 404
POST  invitation_again pk=$invitation          in   302  404  404 404  404  404 404
POST  invitation_withdraw pk=$invitation       in   302  404  404 404  404  404 404
GET   departments                              in   200  404  404 404  404  404 404
GET   department slug=product                  in   200  404  404 404  404  404 404
POST  department slug=product                  in   422  404  404 404  404  404 404
GET   company                                  in   200  404  404 404  404  404 404
POST  company                                  in   422  404  404 404  404  404 404
POST  holiday_add                              in   422  404  404 404  404  404 404
POST  holiday_remove pk=$holiday               in   302  404  404 404  404  404 404
GET   audit                                    in   200  200  404 404  404  404 404
GET   audit_of model=account pk=$account       in   200  200  200 404  200  404 200
GET   audit_of model=account pk=$foreign_account  in 200 200  404 200  404  404 200
GET   audit_of model=user pk=$csm              in   200  200  404 404  404  404 404
GET   audit_of model=rubbish pk=1              in   404  404  404 404  404  404 404
"""


def _join_token(world: World) -> str:
    return invite_person(actor=world.people["admin"], email="new@table.example", name="New", role="csm").secret


def _invitation(world: World) -> int:
    return invite_person(actor=world.people["admin"], email="other@table.example", name="", role="csm").invitation.pk


def _action(world: World) -> int:
    words = {"view_id": 0}
    return log_action(actor=world.people["csm"], verb="Did it", service="team.restore_view", arguments=words).pk


def _absence(world: World) -> int:
    days = {"starts_on": dt.date(2030, 1, 1), "ends_on": dt.date(2030, 1, 2)}
    return Absence.objects.create(user=world.people["csm"], deputy=world.people["manager"], **days).pk


def _session(world: World) -> int:
    made = UserSession.objects.create(user=world.people["csm"], ip="127.0.0.1", session_key="x" * 32, user_agent="")
    return int(made.pk)


THINGS = {
    "join_token": _join_token,
    "invitation": _invitation,
    "notice": lambda world: Notice.objects.create(user=world.people["csm"], kind="test", text="Look").pk,
    "action": _action,
    "own_view": lambda world: save_view(owner=world.people["csm"], list_name="people", name="Mine", query="").pk,
    "shared_view": lambda world: (
        save_view(owner=world.people["csm"], list_name="people", name="Ours", query="", is_shared=True).pk
    ),
    "absence": _absence,
    "session": _session,
    "key": lambda world: create_key(owner=world.people["csm"], name="Script", scopes=["read"]).key.pk,
    "holiday": lambda world: add_holiday(day=dt.date(2030, 1, 1), name="Founding day").pk,
}
