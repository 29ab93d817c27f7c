from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from django.urls import URLPattern, URLResolver, path, re_path
from django.views.decorators.http import require_http_methods, require_safe

from team.views import access, audit, company, inbox, notices, people, profile, saved, undo

# Its views are classes that would take PUT as POST and send DELETE on: here they answer like ours.
_page = require_http_methods(["GET", "HEAD", "POST"])

# SECURITY: allauth's views one by one: what is not named here (sign-up, changing the address) does not exist.
sign_in: list[URLPattern | URLResolver] = [
    path("login/", _page(account.login), name="account_login"),
    path("logout/", _page(account.logout), name="account_logout"),
    path("inactive/", require_safe(account.account_inactive), name="account_inactive"),
    path("signup/", access.signup, name="account_signup"),
    path("join/<str:token>/", access.join, name="join"),
    path("reauthenticate/", _page(account.reauthenticate), name="account_reauthenticate"),
    path("password/change/", _page(account.password_change), name="account_change_password"),
    path("password/set/", _page(account.password_set), name="account_set_password"),
    path("password/reset/", _page(account.password_reset), name="account_reset_password"),
    path("password/reset/sent/", require_safe(account.password_reset_done), name="account_reset_password_done"),
    path(
        "password/reset/done/",
        require_safe(account.password_reset_from_key_done),
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^password/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        _page(account.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path("2fa/", access.mfa_index, name="mfa_index"),
    path("2fa/code/", _page(mfa.authenticate), name="mfa_authenticate"),
    path("2fa/again/", _page(mfa.reauthenticate), name="mfa_reauthenticate"),
    path("2fa/app/", _page(totp.activate_totp), name="mfa_activate_totp"),
    path("2fa/app/remove/", _page(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("2fa/recovery/", require_safe(recovery_codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path("2fa/recovery/new/", _page(recovery_codes.generate_recovery_codes), name="mfa_generate_recovery_codes"),
    path(
        "2fa/recovery/file/", require_safe(recovery_codes.download_recovery_codes), name="mfa_download_recovery_codes"
    ),
]

own: list[URLPattern | URLResolver] = [
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/read/", inbox.inbox_read, name="inbox_read"),
    path("inbox/<int:pk>/read/", inbox.notice_read, name="notice_read"),
    path("inbox/<int:pk>/unread/", inbox.notice_unread, name="notice_unread"),
    path("inbox/<int:pk>/snooze/", inbox.notice_snooze, name="notice_snooze"),
    path("recent/", undo.recent, name="recent"),
    path("undo/", undo.undo_last, name="undo_last"),
    path("undo/<int:pk>/", undo.undo, name="undo"),
    path("views/", saved.views, name="views"),
    path("views/<int:pk>/rename/", saved.view_rename, name="view_rename"),
    path("views/<int:pk>/share/", saved.view_share, name="view_share"),
    path("views/<int:pk>/star/", saved.view_star, name="view_star"),
    path("views/<int:pk>/delete/", saved.view_delete, name="view_delete"),
    path("settings/", profile.settings, name="settings"),
    path("settings/profile/", profile.profile, name="profile"),
    path("settings/security/", profile.security, name="security"),
    path("settings/sessions/<int:pk>/end/", profile.session_end, name="session_end"),
    path("settings/notices/", notices.notice_way, name="notice_way"),
    path("settings/absences/", profile.absences, name="absences"),
    path("settings/absences/<int:pk>/remove/", profile.absence_remove, name="absence_remove"),
    path("settings/keys/", profile.api_keys, name="api_keys"),
    path("settings/keys/<int:pk>/revoke/", profile.api_key_revoke, name="api_key_revoke"),
]

vendor: list[URLPattern | URLResolver] = [
    path("settings/people/", people.people, name="people"),
    path("settings/people/invite/", people.person_invite, name="person_invite"),
    path("settings/people/<int:pk>/", people.person, name="person"),
    path("settings/people/<int:pk>/role/", people.person_role, name="person_role"),
    path("settings/people/<int:pk>/deactivate/", people.person_deactivate, name="person_deactivate"),
    path("settings/people/<int:pk>/reactivate/", people.person_reactivate, name="person_reactivate"),
    path("settings/people/<int:pk>/reset-mfa/", people.person_reset_mfa, name="person_reset_mfa"),
    path("settings/invitations/<int:pk>/again/", people.invitation_again, name="invitation_again"),
    path("settings/invitations/<int:pk>/withdraw/", people.invitation_withdraw, name="invitation_withdraw"),
    path("settings/departments/", company.departments, name="departments"),
    path("settings/departments/<slug:slug>/", company.department, name="department"),
    path("settings/departments/<slug:slug>/chat/", notices.department_chat, name="department_chat"),
    path("settings/departments/<slug:slug>/chat/try/", notices.department_chat_try, name="department_chat_try"),
    path(
        "settings/departments/<slug:slug>/chat/remove/", notices.department_chat_remove, name="department_chat_remove"
    ),
    path("settings/company/", company.company, name="company"),
    path("settings/holidays/", company.holiday_add, name="holiday_add"),
    path("settings/holidays/<int:pk>/remove/", company.holiday_remove, name="holiday_remove"),
    path("audit/", audit.audit, name="audit"),
    path("audit/<slug:model>/<int:pk>/", audit.audit_of, name="audit_of"),
]

urlpatterns: list[URLPattern | URLResolver] = [*sign_in, *own, *vendor]
