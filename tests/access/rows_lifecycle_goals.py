"""Who may see and change goals, promises, handovers, shared plans and causes."""

from accounts.models import AccountExternalId
from lifecycle.formulas.plan_links import token_of
from lifecycle.models import Cause, Handover, PlanComment
from team.clock import now
from tests.access.table import Data, World
from tests.lifecycle.makers_goals import make_goal, make_plan, make_promise


def _goal(world: World) -> int:
    return make_goal(world.account, is_shared=True).pk


def _closed_goal(world: World) -> int:
    return make_goal(world.account, state="dropped").pk


def _promise(world: World) -> int:
    return make_promise(world.account).pk


def _waiting(world: World) -> int:
    """The account, with a handover that waits for a decision."""
    _handover(world)
    return world.account.pk


def _handover(world: World) -> int:
    waiting = {"state": "submitted", "submitted_at": now()}
    return Handover.objects.get_or_create(account=world.account, defaults=waiting)[0].pk


def _plan(world: World) -> int:
    return make_plan(world.account, by=world.people["csm"]).pk


def _token(world: World) -> str:
    return token_of(make_plan(world.account, by=world.people["csm"]).nonce)


def _comment(world: World) -> int:
    return PlanComment.objects.create(account=world.account, author_name="Ana", text="Hello").pk


def _cause(world: World) -> int:
    """A cause that went to product, the department of the granted member."""
    goal = make_goal(world.account, state="missed")
    cause = Cause.objects.create(
        account=world.account, about="goal", goal=goal, kind="product", evidence="Crashes", routed_to="product"
    )
    return cause.pk


def _external(world: World) -> Data:
    AccountExternalId.objects.get_or_create(account=world.account, source="crm", external_id="7")
    return {"external_id": "crm:7", "is_submitted": False}


THINGS = {
    "plan_goal": _goal,
    "closed_goal": _closed_goal,
    "plan_promise": _promise,
    "waiting_account": _waiting,
    "handover": _handover,
    "shared_plan": _plan,
    "plan_token": _token,
    "plan_comment": _comment,
    "plan_cause": _cause,
}

TABLE = """
#                                                    anon admin manager csm stranger granted member viewer
GET   goal_add account_id=$account                   in   200  200  200 404  404  404 404
POST  goal_add account_id=$account                   in   422  422  422 404  404  404 404
GET   goal_edit goal_id=$plan_goal                   in   200  200  200 404  404  404 404
POST  goal_edit goal_id=$plan_goal                   in   422  422  422 404  404  404 404
GET   goal_reading goal_id=$plan_goal                in   200  200  200 404  404  404 404
POST  goal_reading goal_id=$plan_goal                in   422  422  422 404  404  404 404
GET   goal_close goal_id=$plan_goal                  in   200  200  200 404  404  404 404
POST  goal_close goal_id=$plan_goal                  in   422  422  422 404  404  404 404
POST  goal_reopen goal_id=$closed_goal               in   302  302  302 404  404  404 404
POST  goal_delete goal_id=$plan_goal                 in   302  302  302 404  404  404 404
GET   promises                                       in   200  200  200 200  200  200 200
GET   promise_add account_id=$account                in   200  200  200 404  404  404 404
POST  promise_add account_id=$account                in   422  422  422 404  404  404 404
GET   promise_edit promise_id=$plan_promise          in   200  200  200 404  404  404 404
POST  promise_edit promise_id=$plan_promise          in   422  422  422 404  404  404 404
GET   promise_settle promise_id=$plan_promise        in   200  200  200 404  404  404 404
POST  promise_settle promise_id=$plan_promise        in   422  422  422 404  404  404 404
POST  promise_delete promise_id=$plan_promise        in   302  302  302 404  404  404 404
GET   handover account_id=$account                   in   200  200  200 404  404  404 404
POST  handover account_id=$account                   in   422  422  422 404  404  404 404
POST  handover_accept account_id=$waiting_account    in   302  302  302 404  404  404 404
GET   handover_send_back account_id=$waiting_account in   200  200  200 404  404  404 404
POST  handover_send_back account_id=$waiting_account in   422  422  422 404  404  404 404
POST  handover_ask account_id=$account               in   302  302  302 404  404  404 404
GET   plan_share account_id=$account                 in   200  200  200 404  404  404 404
POST  plan_share account_id=$account                 in   422  422  422 404  404  404 404
GET   plan_answer account_id=$account                in   200  200  200 404  404  404 404
POST  plan_answer account_id=$account                in   422  422  422 404  404  404 404
POST  plan_revoke plan_id=$shared_plan               in   302  302  302 404  404  404 404
POST  plan_comment_remove comment_id=$plan_comment   in   302  302  302 404  404  404 404
# The customer's page: the token is the credential, so everybody who has it is let in, and nobody else.
GET   shared_plan token=$plan_token                  200  200  200  200 200  200  200 200
POST  shared_plan token=$plan_token                  422  422  422  422 422  422  422 422
GET   shared_plan token=guessed                      404  404  404  404 404  404  404 404
POST  shared_plan token=guessed                      404  404  404  404 404  404  404 404
GET   plan_sign_off token=$plan_token goal_id=$plan_goal  200 200 200 200 200 200 200 200
POST  plan_sign_off token=$plan_token goal_id=$plan_goal  422 422 422 422 422 422 422 422
POST  plan_sign_off token=guessed goal_id=$plan_goal      404 404 404 404 404 404 404 404
GET   causes                                         in   200  200  200 200  200  200 200
GET   cause cause_id=$plan_cause                     in   200  200  200 404  200  404 200
POST  cause cause_id=$plan_cause                     in   422  422  422 404  404  404 404
#                                                    anon admin manager csm stranger granted member viewer keys
GET   api_handovers                                  401  200  200  200 200  200  200 200 200 200
POST  api_handovers                                  401  201  201  201 400  403  400 403 403 201
GET   api_handover pk=$handover                      401  200  200  200 404  200  404 200 200 200
"""
DATA = {"POST api_handovers": _external}
