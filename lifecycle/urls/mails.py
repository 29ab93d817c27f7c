from django.urls import URLPattern, URLResolver, path

from lifecycle.views import mail_review, mail_templates, mails

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/<int:account_id>/mail/", mails.mail_compose, name="mail_compose"),
    path("mails/drafts/", mails.mail_drafts, name="mail_drafts"),
    path("mails/review/", mail_review.mail_review, name="mail_review"),
    path("mails/review/send/", mail_review.mail_send_many, name="mail_send_many"),
    path("mails/templates/", mail_templates.mail_templates, name="mail_templates"),
    path("mails/templates/new/", mail_templates.mail_template_create, name="mail_template_create"),
    path("mails/templates/<int:template_id>/", mail_templates.mail_template_edit, name="mail_template_edit"),
    path("mails/templates/<int:template_id>/delete/", mail_templates.mail_template_delete, name="mail_template_delete"),
    path("mails/<int:mail_id>/", mails.mail, name="mail"),
    path("mails/<int:mail_id>/edit/", mails.mail_edit, name="mail_edit"),
    path("mails/<int:mail_id>/discard/", mails.mail_discard, name="mail_discard"),
    path("mails/<int:mail_id>/send/", mail_review.mail_send, name="mail_send"),
    path("mails/<int:mail_id>/reject/", mail_review.mail_reject, name="mail_reject"),
    path("mails/<int:mail_id>/later/", mail_review.mail_later, name="mail_later"),
]
