"""What reaches up the stack without importing it: dotted paths and URL names that lower apps look up in settings."""

from typing import Any

from django.utils.translation import gettext_lazy as _

# Asked at the moment of sending; each is a callable(message) -> reason why not, or "".
OUTBOX_GATES = ["accounts.services.budget.refuse_message"]
# What speaks against mail to people, asked when it is planned and when it leaves; each is a callable(contacts=, kind=,
# at=) -> {contact id: Verdict}, see accounts.selectors.budget.
CONTACT_GATES = [
    "accounts.selectors.budget.bounces.soft_bounced",
    "voc.selectors.escalations.open_escalation",
    "voc.selectors.wishes.asked_less",
]
# What rules held back in the past, for trials of others: callable(first=, last=, since=, until=) -> (account id, mail).
BUDGET_HELD_BACK = ["voc.selectors.suppressed.held_back"]
# Who will be asked at an account: callable(account=, at=, until=) -> ComingAsk.
BUDGET_PLANS = ["voc.selectors.planner.coming_surveys"]
# The secret address behind a name that a message keeps instead: callable(name) -> address, or None.
OUTBOX_ADDRESS_BOOK = "team.services.chat.address_of"
# Told what became of a message; each is a callable(message).
OUTBOX_LISTENERS = [
    "accounts.services.touchpoints.take_over_outcome",
    "lifecycle.services.mails.take_over_outcome",
    "voc.services.invitations.take_over_outcome",
]
# Told that an address could not be reached; each is a callable(report).
DELIVERY_LISTENERS = ["accounts.services.bounces.hear_report"]
# Asked in order to make something of a mail that came in; each is a callable(received) -> whether it did.
MAIL_RECEIVERS = ["voc.services.receiving.hear_mail"]
# What an automated mail to a customer ends with: callable(contact) -> (closing lines, headers, secrets).
CUSTOMER_MAIL_FOOTER = "voc.services.footers.write_footer"
# Its HTML part: callable(contact, subject, body).
CUSTOMER_MAIL_HTML = "voc.services.footers.write_html"
# Where a person of a customer says anything at any time: callable(contact) -> path.
CUSTOMER_STANDING_LINK = "voc.services.footers.standing_link"
# Surveys that a step of a play may send: callable() -> [(value, words)].
PLAY_SURVEYS = "voc.selectors.play_surveys.survey_choices"

# Reaching up the stack without importing it: dotted paths.
IMPORT_KINDS = [
    "accounts.services.import_kinds.ACCOUNTS",
    "accounts.services.import_kinds.CONTACTS",
    "accounts.services.import_kinds.CONTACT_LIST",
    "accounts.services.import_kinds.SUBSCRIPTIONS",
    "accounts.services.import_kinds.TICKETS",
    "accounts.services.import_kinds.TOUCHPOINTS",
    "accounts.services.import_kinds.CHURN",
    "accounts.services.import_kinds.RATES",
    "engagement.services.import_usage.USAGE",
    "voc.services.import_kinds.RESPONSES",
    "voc.services.import_kinds.FEEDBACK",
]
# Rows that can be computed again and so never hold an import's undo back.
IMPORT_DERIVED = (
    "engagement.Score",
    "engagement.ScoreInput",
    "lifecycle.StageVisit",
    "lifecycle.Trigger",
    "lifecycle.Movement",
    "lifecycle.Ledger",
)
# Figures that a worker works out where there are many accounts: callable(user, params); see team.services.reports.
REPORTS: dict[str, str] = {
    "board": "engagement.views.board.board_report",
    "journey_flow": "lifecycle.http.journeys.flow_report",
    "journey_predictability": "lifecycle.http.journeys.predictability_report",
    "loop_times": "voc.views.analysis.loop_report",
    "measure_accounts": "engagement.selectors.measure_accounts.accounts_of_measure",
    "measures": "engagement.views.measures.measures_report",
    "nps_moves": "voc.views.analysis.nps_report",
    "programme": "voc.views.programme.programme_report",
    "routing_trial": "voc.views.routing.trial_report",
    "theme_affected": "voc.views.analysis.affected_report",
    "use_case": "engagement.views.use_cases.use_case_report",
    "use_cases": "engagement.views.use_cases.use_cases_report",
    "theme_trend": "voc.views.analysis.trend_report",
    "themes": "voc.views.analysis.themes_report",
    "retention_compare": "lifecycle.http.movement_reports.compare_report",
    "retention_cost": "lifecycle.http.movement_reports.cost_report",
    "retention_then": "lifecycle.http.movement_reports.retention_report",
}
# {name: callable(actor, **arguments)} that take back an action; see team.services.undo.
UNDO_SERVICES: dict[str, str] = {
    "engagement.restore_measure": "engagement.services.own_measures.restore_measure",
    "engagement.unarchive_measure": "engagement.services.own_measures.unarchive_measure",
    "accounts.restore": "accounts.services.ways_back.restore",
    "engagement.restore_draft": "engagement.services.scorecards.restore_draft",
    "engagement.restore_judgement": "engagement.services.judgements.restore_judgement",
    "engagement.undo_judgement": "engagement.services.judgements.undo_judgement",
    "accounts.restore_rules": "accounts.services.budget.restore_rules",
    "accounts.restore_touchpoint": "accounts.services.touchpoints.restore_touchpoint",
    "accounts.undo_create": "accounts.services.ways_back.undo_create",
    "accounts.undo_import": "accounts.services.imports.steps.undo_import",
    "accounts.undo_edit": "accounts.services.ways_back.undo_edit",
    "accounts.undo_edit_touchpoint": "accounts.services.touchpoints.undo_edit_touchpoint",
    "accounts.undo_log_touchpoint": "accounts.services.touchpoints.undo_log_touchpoint",
    "accounts.undo_mark_touchpoint": "accounts.services.touchpoints.undo_mark_touchpoint",
    "accounts.undo_merge": "accounts.services.merges.undo_merge",
    "accounts.undo_move_contact": "accounts.services.contacts.undo_move_contact",
    "engagement.restore_features": "engagement.services.catalogue.writing.restore_features",
    "engagement.undo_merge_feature": "engagement.services.catalogue.writing.undo_merge_feature",
    "engagement.undo_unmerge_feature": "engagement.services.catalogue.writing.undo_unmerge_feature",
    "engagement.restore_identifier": "engagement.services.events.quarantine.restore_identifier",
    "lifecycle.reopen_task": "lifecycle.services.tasks.reopen_task",
    "lifecycle.restore_playbook": "lifecycle.services.playbooks.writing.restore_playbook",
    "lifecycle.restore_template": "lifecycle.services.mail_templates.restore_template",
    "lifecycle.unarchive_playbook": "lifecycle.services.playbooks.writing.unarchive_playbook",
    "lifecycle.undo_start_plays": "lifecycle.services.plays.many.undo_start_plays",
    "lifecycle.undo_switch_playbook": "lifecycle.services.playbooks.switching.undo_switch_playbook",
    "lifecycle.restore_snooze": "lifecycle.services.tasks.restore_snooze",
    "lifecycle.reopen_renewal": "lifecycle.services.renewals.closing.reopen_renewal",
    "lifecycle.undo_call": "lifecycle.services.renewals.calling.undo_call",
    "engagement.restore_use_case": "engagement.services.use_cases.restore_use_case",
    "engagement.bring_back_use_case": "engagement.services.use_cases.bring_back_use_case",
    "engagement.remove_use_case": "engagement.services.use_cases.remove_use_case",
    "lifecycle.restore_content": "lifecycle.services.content.items.restore_item",
    "lifecycle.restore_task": "lifecycle.services.tasks.restore_task",
    "lifecycle.restore_comment": "lifecycle.services.shared_plans.restore_comment",
    "lifecycle.restore_goal": "lifecycle.services.goals.editing.restore_goal",
    "lifecycle.restore_promise": "lifecycle.services.goals.promises.restore_promise",
    "lifecycle.undo_add_goal": "lifecycle.services.goals.editing.undo_add_goal",
    "lifecycle.undo_answer_on_plan": "lifecycle.services.shared_plans.undo_answer_on_plan",
    "lifecycle.undo_decide_handover": "lifecycle.services.handovers.undo_decide_handover",
    "lifecycle.undo_edit_goal": "lifecycle.services.goals.editing.undo_edit_goal",
    "lifecycle.undo_edit_promise": "lifecycle.services.goals.promises.undo_edit_promise",
    "lifecycle.undo_promise": "lifecycle.services.goals.promises.undo_promise",
    "lifecycle.undo_record_cause": "lifecycle.services.causes.undo_record_cause",
    "lifecycle.undo_record_reading": "lifecycle.services.goals.readings.undo_record_reading",
    "lifecycle.undo_revoke_plan": "lifecycle.services.shared_plans.undo_revoke_plan",
    "lifecycle.undo_share_plan": "lifecycle.services.shared_plans.undo_share_plan",
    "lifecycle.undo_create_task": "lifecycle.services.tasks.undo_create_task",
    "lifecycle.restore_calendar": "lifecycle.services.calendars.subscribing.restore_calendar",
    "lifecycle.undo_reassign": "lifecycle.services.books.undo_reassign",
    "lifecycle.undo_log_meeting": "lifecycle.services.calendars.logging.undo_log_meeting",
    "lifecycle.undo_take_task": "lifecycle.services.ranking.undo_take_task",
    "lifecycle.undo_start_play": "lifecycle.services.plays.stopping.undo_start_play",
    "lifecycle.undo_enter_stage": "lifecycle.services.stages.undo_enter_stage",
    "voc.undo_ask": "voc.services.advocacy.asking.undo_ask",
    "voc.undo_answer": "voc.services.advocacy.answering.undo_answer",
    "voc.restore_work": "voc.services.advocacy.works.restore_work",
    "voc.restore_draft": "voc.services.surveys.drafting.restore_draft",
    "voc.restore_settings": "voc.services.surveys.writing.restore_settings",
    "voc.restore_survey": "voc.services.surveys.writing.restore_survey",
    "voc.undo_close_survey": "voc.services.surveys.writing.undo_close_survey",
    "voc.restore_programme": "voc.services.programme.restore_programme",
    "voc.restore_rules": "voc.services.routing_rules.restore_rules",
    "team.change_role": "team.services.people.undo_change_role",
    "team.reactivate_person": "team.services.people.undo_deactivate_person",
    "team.restore_absence": "team.services.absences.restore_absence",
    "team.restore_view": "team.services.views.restore_view",
    "voc.undo_add_feedback": "voc.services.inbox.writing.undo_add_feedback",
    "voc.undo_give_account": "voc.services.inbox.handling.undo_give_account",
    "voc.undo_handle": "voc.services.inbox.handling.undo_handle",
    "voc.undo_mark_distinct": "voc.services.inbox.repeats.undo_mark_distinct",
    "voc.undo_merge_insight": "voc.services.dividing.undo_merge_insight",
    "voc.restore_insight_comment": "voc.services.talk.restore_comment",
    "voc.undo_mark_repeat": "voc.services.inbox.repeats.undo_mark_repeat",
    "voc.undo_send_to_department": "voc.services.inbox.handling.undo_send_to_department",
    "voc.restore_trigger": "voc.services.triggers.restore_trigger",
    "voc.restore_wave": "voc.services.waves.restore_wave",
    "voc.undo_switch_trigger": "voc.services.triggers.undo_switch_trigger",
    "engagement.restore_risk": "engagement.services.risk_actions.restore_risk",
    "engagement.restore_risks": "engagement.services.risk_actions.restore_risks",
    "engagement.restore_risk_rule": "engagement.services.risk_rules.restore_risk_rule",
    "workspace.undo_together": "workspace.services.bulk.undo_together",
    "voc.undo_correction": "voc.services.understanding.correcting.undo_correction",
    "voc.undo_topic": "voc.services.understanding.topics.undo_topic",
    "voc.restore_initiative": "voc.services.initiatives.writing.restore_initiative",
    "voc.restore_vote": "voc.services.initiatives.asking.restore_vote",
    "voc.undo_add_insights": "voc.services.initiatives.asking.undo_add_insights",
    "voc.undo_make_initiative": "voc.services.initiatives.writing.undo_make_initiative",
    "voc.undo_remove_insight": "voc.services.initiatives.asking.undo_remove_insight",
    "voc.undo_theme": "voc.services.understanding.tree.undo_theme",
}

# {name: callable(*, before, limit) -> number} that remove what was deleted over 30 days ago; see team.services.purge.
PURGERS: dict[str, str] = {
    "chat_lines": "team.services.chat.purge_lines",
    "account_files": "accounts.services.purge.purge_account_files",
    "tickets": "accounts.services.purge.purge_tickets",
    "touchpoints": "accounts.services.purge.purge_touchpoints",
    "mail_templates": "lifecycle.services.mail_templates.purge_templates",
    "contacts": "accounts.services.purge.purge_contacts",
    "accounts": "accounts.services.purge.purge_accounts",
    "merges": "accounts.services.purge.purge_merges",
    "goals": "lifecycle.services.goals.purge.purge_goals",
    "promises": "lifecycle.services.goals.purge.purge_promises",
    "use_cases": "engagement.services.use_cases.purge_use_cases",
    "import_files": "accounts.services.imports.steps.purge_files",
    "content": "lifecycle.services.content.items.purge_items",
    "saved_views": "team.services.purge.purge_views",
    "deck_jobs": "workspace.services.decks.jobs.purge_jobs",
    "tracker_deliveries": "voc.services.trackers.purge_deliveries",
    "result_files": "voc.services.results.files.purge_result_files",
    "surveys": "voc.services.surveys.purging.purge_surveys",
}

# {name: callable(*, contact_ids)} that empty what erased people wrote; see accounts.services.erasure.
CONTACT_ERASERS: dict[str, str] = {
    "meetings": "lifecycle.services.calendars.erasing.erase_attendees",
    "plans": "lifecycle.services.shared_plans.erase_plan_words",
    "voice": "voc.services.erasure.erase_words",
    "initiatives": "voc.services.initiatives.forgetting.erase_asking",
    "advocacy": "voc.services.advocacy.erasing.erase_answers",
    "events": "engagement.services.events.forgetting.erase_users",
}

# Entries of upper apps in an account's timeline: {kind: (words of its chip, dotted path of
# callable(*, account, user, before, limit) -> list[TimelineEntry])}; see accounts.selectors.timeline.
TIMELINE_SOURCES: dict[str, tuple[Any, str]] = {
    "plan": (_("Plan"), "lifecycle.selectors.plan_timeline.plan_entries"),
    "voice": (_("Voice"), "voc.selectors.timeline.voice_entries"),
    "health": (_("Health"), "engagement.selectors.timeline.band_changes"),
    "journey": (_("Journey"), "lifecycle.selectors.stage_timeline.stage_moves"),
}
# Called before two accounts become one or are parted, and told afterwards; the latter are callable(*, account_ids).
MERGE_GUARDS = ["engagement.services.rollups.guard_merge"]
MERGE_LISTENERS = ["engagement.services.rollups.rebuild_merged"]
# Merging accounts: numbers that are added where both have a row, and rows that stay with the hidden one.
MERGE_SUMS = {
    "engagement.UsageDay": ("events", "seconds", "errors", "users"),
    "engagement.UserDay": ("events",),
    "engagement.MergedDay": ("events", "seconds", "errors", "users", "kept_events", "kept_seconds", "kept_errors"),
}
# What people call the rows that move when two accounts or contacts become one; others are counted together.
MERGE_WORDS: dict[str, Any] = {
    "accounts.Account": _("accounts below it"),
    "accounts.AccountExternalId": _("ids in other systems"),
    "accounts.AccountFile": _("files"),
    "accounts.AccountGrant": _("departments that see it"),
    "accounts.Contact": _("people"),
    "accounts.ContactConsent": _("wishes about mail"),
    "accounts.ContactExternalId": _("ids in other systems"),
    "accounts.ContactSend": _("sent messages"),
    "accounts.Subscription": _("subscriptions"),
    "accounts.Ticket": _("tickets"),
    "accounts.Touchpoint": _("touchpoints"),
    "accounts.TouchpointContact": _("touchpoints"),
    "engagement.EventIdentity": _("groups, domains and users of the product"),
    "engagement.MeasureValue": _("values of own measures"),
    "engagement.UsageRecord": _("usage records"),
    "lifecycle.AccountMail": _("mails"),
    "lifecycle.Goal": _("goals"),
    "lifecycle.Meeting": _("meetings"),
    "lifecycle.Play": _("plays"),
    "lifecycle.Promise": _("promises"),
    "lifecycle.Renewal": _("renewals"),
    "lifecycle.Task": _("tasks"),
    "voc.AdvocacyRequest": _("advocacy requests"),
    "voc.AdvocacyWork": _("works with customers"),
    "voc.Feedback": _("pieces of feedback"),
    "voc.Insight": _("insights"),
    "voc.Invitation": _("survey invitations"),
    "voc.Response": _("survey answers"),
}
MERGE_LEAVES = (
    "engagement.Score",
    "engagement.SayDo",
    "engagement.UseCaseState",
    # Sums of the usage days, made anew; stored events stay with the account that they were resolved to.
    "engagement.AccountDay",
    "engagement.FeatureUse",
    "engagement.ProductUser",
    "engagement.Event",
    "lifecycle.StageVisit",
    "lifecycle.Movement",
    "lifecycle.Ledger",
    "voc.ListeningFinding",
    # A link was given to read one account's plan; after a merge somebody decides anew who reads what.
    "lifecycle.SharedPlan",
)
# Choices that conditions offer for what upper apps know: {name: (value, words) pairs}.
CONDITION_CHOICES: dict[str, list[tuple[str, Any]]] = {
    "account.stage": [
        ("closed_won", _("Closed Won")),
        ("onboarding", _("Onboarding")),
        ("first_value", _("First Value")),
        ("ebr", _("Executive Business Review")),
        ("renewal", _("Renewal")),
    ],
}
