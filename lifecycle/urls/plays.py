from django.urls import URLPattern, URLResolver, path

from lifecycle.views import playbook_edit, playbooks, plays, trials

urlpatterns: list[URLPattern | URLResolver] = [
    path("playbooks/", playbooks.playbooks, name="playbooks"),
    path("playbooks/starters/", playbooks.playbook_starters, name="playbook_starters"),
    path("playbooks/new/", playbooks.playbook_create, name="playbook_create"),
    path("playbooks/triggers/<slug:kind>/row/", playbook_edit.trigger_row, name="trigger_row"),
    path("playbooks/<int:playbook_id>/", playbooks.playbook, name="playbook"),
    path("playbooks/<int:playbook_id>/edit/", playbook_edit.playbook_edit, name="playbook_edit"),
    path("playbooks/<int:playbook_id>/dry-run/", playbooks.playbook_dry_run, name="playbook_dry_run"),
    path("playbooks/<int:playbook_id>/dry-run/again/", trials.playbook_try, name="playbook_try"),
    path("playbooks/<int:playbook_id>/switch/", playbooks.playbook_switch, name="playbook_switch"),
    path("playbooks/<int:playbook_id>/copy/", playbooks.playbook_copy, name="playbook_copy"),
    path("playbooks/<int:playbook_id>/archive/", playbooks.playbook_archive, name="playbook_archive"),
    path("playbooks/<int:playbook_id>/unarchive/", playbooks.playbook_unarchive, name="playbook_unarchive"),
    path(
        "playbooks/<int:playbook_id>/steps/new/<slug:kind>/", playbook_edit.playbook_step_add, name="playbook_step_add"
    ),
    path("playbooks/<int:playbook_id>/steps/<slug:key>/", playbook_edit.playbook_step, name="playbook_step"),
    path(
        "playbooks/<int:playbook_id>/steps/<slug:key>/move/",
        playbook_edit.playbook_step_move,
        name="playbook_step_move",
    ),
    path(
        "playbooks/<int:playbook_id>/steps/<slug:key>/remove/",
        playbook_edit.playbook_step_remove,
        name="playbook_step_remove",
    ),
    path("plays/start/", plays.plays_start, name="plays_start"),
    path("plays/<int:play_id>/", plays.play, name="play"),
    path("plays/<int:play_id>/stop/", plays.play_stop, name="play_stop"),
    path("plays/<int:play_id>/skip/<slug:key>/", plays.play_skip, name="play_skip"),
    path("plays/<int:play_id>/now/<slug:key>/", plays.play_hurry, name="play_hurry"),
    path("accounts/<int:account_id>/play/", plays.play_start, name="play_start"),
]
