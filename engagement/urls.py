"""Addresses of the engagement app."""

from django.urls import URLPattern, URLResolver, include, path

from engagement.views import board as board_views
from engagement.views import risk_rules as rule_views
from engagement.views import risks as risk_views
from engagement.views.event_keys import event_key, event_key_add, event_key_revoke, event_keys
from engagement.views.event_quarantine import (
    quarantine,
    quarantine_drop,
    quarantine_group,
    quarantine_map,
    quarantine_restore,
)
from engagement.views.event_receipts import event_receipt, event_receipt_retry, event_receipts
from engagement.views.events import event_held, event_seen, events
from engagement.views.features import (
    feature_edit,
    feature_field,
    feature_mark,
    feature_merge,
    feature_options,
    feature_page,
    feature_peek,
    feature_unmerge,
    features,
    features_bulk,
)
from engagement.views.health import health_card, measure_evidence, score_move
from engagement.views.judgements import judgement_add, judgement_withdraw
from engagement.views.runs import (
    recompute_pause,
    recompute_resume,
    recompute_run,
    recompute_runs,
    recompute_start,
    recompute_stop,
)
from engagement.views.scorecard_editing import (
    scorecard_delete,
    scorecard_edit,
    scorecard_effect,
    scorecard_import,
    scorecard_new,
    scorecard_publish,
    scorecard_retire,
    scorecard_scale,
)
from engagement.views.scorecards import (
    scorecard,
    scorecard_card,
    scorecard_compare,
    scorecard_export,
    scorecard_what_if,
    scorecards_page,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("engagement.urls_use_cases")),
    path("accounts/<int:pk>/health/", health_card, name="health_card"),
    path("accounts/<int:pk>/evidence/<slug:measure>/", measure_evidence, name="measure_evidence"),
    path("", include("engagement.urls_measures")),
    path("accounts/<int:pk>/judgement/", judgement_add, name="judgement_add"),
    path("accounts/<int:pk>/judgement/<int:judgement>/withdraw/", judgement_withdraw, name="judgement_withdraw"),
    path("accounts/<int:pk>/health/move/", score_move, name="score_move"),
    path("scorecard/", scorecard, name="scorecard"),
    path("scorecards/", scorecards_page, name="scorecards"),
    path("scorecards/new/", scorecard_new, name="scorecard_new"),
    path("scorecards/import/", scorecard_import, name="scorecard_import"),
    path("scorecards/<int:pk>/", scorecard_card, name="scorecard_card"),
    path("scorecards/<int:pk>/compare/", scorecard_compare, name="scorecard_compare"),
    path("scorecards/<int:pk>/export/", scorecard_export, name="scorecard_export"),
    path("scorecards/<int:pk>/what-if/", scorecard_what_if, name="scorecard_what_if"),
    path("scorecards/<int:pk>/edit/", scorecard_edit, name="scorecard_edit"),
    path("scorecards/<int:pk>/effect/", scorecard_effect, name="scorecard_effect"),
    path("scorecards/<int:pk>/scale/<slug:measure>/", scorecard_scale, name="scorecard_scale"),
    path("scorecards/<int:pk>/publish/", scorecard_publish, name="scorecard_publish"),
    path("scorecards/<int:pk>/delete/", scorecard_delete, name="scorecard_delete"),
    path("scorecards/<int:pk>/retire/", scorecard_retire, name="scorecard_retire"),
    path("recompute/", recompute_runs, name="recompute_runs"),
    path("recompute/start/", recompute_start, name="recompute_start"),
    path("recompute/<int:pk>/", recompute_run, name="recompute_run"),
    path("recompute/<int:pk>/pause/", recompute_pause, name="recompute_pause"),
    path("recompute/<int:pk>/resume/", recompute_resume, name="recompute_resume"),
    path("recompute/<int:pk>/stop/", recompute_stop, name="recompute_stop"),
    path("events/", events, name="events"),
    path("events/<int:micros>/<int:pk>/", event_seen, name="event_seen"),
    path("events/receipts/", event_receipts, name="event_receipts"),
    path("events/receipts/<int:pk>/", event_receipt, name="event_receipt"),
    path("events/receipts/<int:pk>/retry/", event_receipt_retry, name="event_receipt_retry"),
    path("events/keys/", event_keys, name="event_keys"),
    path("events/keys/add/", event_key_add, name="event_key_add"),
    path("events/keys/<int:pk>/", event_key, name="event_key"),
    path("events/keys/<int:pk>/revoke/", event_key_revoke, name="event_key_revoke"),
    path("events/quarantine/", quarantine, name="quarantine"),
    path("events/quarantine/<int:pk>/", event_held, name="event_held"),
    path("events/quarantine/group/", quarantine_group, name="quarantine_group"),
    path("events/quarantine/map/", quarantine_map, name="quarantine_map"),
    path("events/quarantine/drop/", quarantine_drop, name="quarantine_drop"),
    path("events/quarantine/restore/", quarantine_restore, name="quarantine_restore"),
    path("features/", features, name="features"),
    path("features/options/", feature_options, name="feature_options"),
    path("features/bulk/", features_bulk, name="features_bulk"),
    path("features/<int:pk>/", feature_page, name="feature_page"),
    path("features/<int:pk>/peek/", feature_peek, name="feature_peek"),
    path("features/<int:pk>/edit/", feature_edit, name="feature_edit"),
    path("features/<int:pk>/merge/", feature_merge, name="feature_merge"),
    path("features/<int:pk>/unmerge/", feature_unmerge, name="feature_unmerge"),
    path("features/<int:pk>/field/<slug:field>/", feature_field, name="feature_field"),
    path("features/<int:pk>/<slug:what>/", feature_mark, name="feature_mark"),
    path("board/", board_views.board, name="board"),
    path("accounts/<int:pk>/say-do/", board_views.say_do_card, name="say_do_card"),
    path("accounts/<int:pk>/risks/", risk_views.risk_card, name="risk_card"),
    path("risks/", risk_views.risks, name="risks"),
    path("risks/snooze/", risk_views.risks_snooze, name="risks_snooze"),
    path("risks/rules/", rule_views.risk_rules, name="risk_rules"),
    path("risks/rules/<slug:kind>/", rule_views.risk_rule, name="risk_rule"),
    path("risks/rules/<slug:kind>/preview/", rule_views.risk_rule_preview, name="risk_rule_preview"),
    path("risks/<int:pk>/", risk_views.risk, name="risk"),
    path("risks/<int:pk>/peek/", risk_views.risk_peek, name="risk_peek"),
    path("risks/<int:pk>/snooze/", risk_views.risk_snooze, name="risk_snooze"),
    path("risks/<int:pk>/wake/", risk_views.risk_wake, name="risk_wake"),
    path("risks/<int:pk>/take/", risk_views.risk_take, name="risk_take"),
    path("risks/<int:pk>/play/", risk_views.risk_play, name="risk_play"),
    path("risks/<int:pk>/false-alarm/", risk_views.risk_false_alarm, name="risk_false_alarm"),
]
