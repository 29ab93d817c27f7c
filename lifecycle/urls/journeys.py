from django.urls import URLPattern, URLResolver, path, re_path

from lifecycle.views import stages, trials
from lifecycle.views.journeys import board, editor

urlpatterns: list[URLPattern | URLResolver] = [
    path("journey/", board.journey_board, name="journey_board"),
    path("journey/flow/", board.journey_flow, name="journey_flow"),
    path("journey/predictability/", board.journey_predictability, name="journey_predictability"),
    path("journeys/", editor.journeys, name="journeys"),
    path("journeys/new/", editor.journey_create, name="journey_create"),
    path("journeys/starters/", editor.journey_starters, name="journey_starters"),
    path("journeys/<int:journey_id>/", editor.journey, name="journey"),
    path("journeys/<int:journey_id>/edit/", editor.journey_edit, name="journey_edit"),
    path("journeys/<int:journey_id>/stages/new/", editor.stage_create, name="stage_create"),
    path("stages/<int:stage_id>/", editor.stage_edit, name="stage_edit"),
    re_path(r"^stages/(?P<stage_id>[0-9]{1,9})/(?P<way>up|down)/$", editor.stage_move, name="stage_move"),
    path("stages/<int:stage_id>/remove/", editor.stage_remove, name="stage_remove"),
    path("stages/<int:stage_id>/rule/", editor.stage_rule, name="stage_rule"),
    path("stages/<int:stage_id>/rule/again/", trials.stage_rule_try, name="stage_rule_try"),
    path("stages/<int:stage_id>/criteria/new/", editor.criterion_create, name="criterion_create"),
    path("criteria/<int:criterion_id>/", editor.criterion_edit, name="criterion_edit"),
    path("criteria/<int:criterion_id>/remove/", editor.criterion_remove, name="criterion_remove"),
    path("visits/<int:visit_id>/criteria/<int:criterion_id>/", stages.criterion_tick, name="criterion_tick"),
]
