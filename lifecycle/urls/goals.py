from django.urls import URLPattern, URLResolver, path

from lifecycle.api import handovers as api
from lifecycle.views import causes, goals, handovers, promises, public_plans, shared_plans

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/<int:account_id>/goals/new/", goals.goal_add, name="goal_add"),
    path("goals/<int:goal_id>/", goals.goal_edit, name="goal_edit"),
    path("goals/<int:goal_id>/reading/", goals.goal_reading, name="goal_reading"),
    path("goals/<int:goal_id>/close/", goals.goal_close, name="goal_close"),
    path("goals/<int:goal_id>/reopen/", goals.goal_reopen, name="goal_reopen"),
    path("goals/<int:goal_id>/delete/", goals.goal_delete, name="goal_delete"),
    path("promises/", promises.promises, name="promises"),
    path("accounts/<int:account_id>/promises/new/", promises.promise_add, name="promise_add"),
    path("promises/<int:promise_id>/", promises.promise_edit, name="promise_edit"),
    path("promises/<int:promise_id>/settle/", promises.promise_settle, name="promise_settle"),
    path("promises/<int:promise_id>/delete/", promises.promise_delete, name="promise_delete"),
    path("accounts/<int:account_id>/handover/", handovers.handover, name="handover"),
    path("accounts/<int:account_id>/handover/accept/", handovers.handover_accept, name="handover_accept"),
    path("accounts/<int:account_id>/handover/back/", handovers.handover_send_back, name="handover_send_back"),
    path("accounts/<int:account_id>/handover/ask/", handovers.handover_ask, name="handover_ask"),
    path("accounts/<int:account_id>/plan/share/", shared_plans.plan_share, name="plan_share"),
    path("accounts/<int:account_id>/plan/answer/", shared_plans.plan_answer, name="plan_answer"),
    path("shared-plans/<int:plan_id>/revoke/", shared_plans.plan_revoke, name="plan_revoke"),
    path("plan-comments/<int:comment_id>/remove/", shared_plans.plan_comment_remove, name="plan_comment_remove"),
    path("plan/<str:token>/", public_plans.shared_plan, name="shared_plan"),
    path("plan/<str:token>/goals/<int:goal_id>/sign/", public_plans.plan_sign_off, name="plan_sign_off"),
    path("causes/", causes.causes, name="causes"),
    path("causes/<int:cause_id>/", causes.cause, name="cause"),
    path("api/v1/handovers/", api.HandoverViewSet.as_view({"get": "list", "post": "create"}), name="api_handovers"),
    path("api/v1/handovers/<int:pk>/", api.HandoverViewSet.as_view({"get": "retrieve"}), name="api_handover"),
]
