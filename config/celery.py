"""The queue and the schedule. Redis is a doorbell: what it rings for is a row in Postgres that a sweep finds too."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("perennial")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_scheduler = "config.heartbeat.BeatScheduler"
app.steps["worker"].add("config.heartbeat:WorkerHeartbeat")

# name: (task, seconds between runs). Each run is safe to repeat and to miss.
SCHEDULE: dict[str, tuple[str, float]] = {
    "team_purge": ("team.purge", 3600),
    "outbox_sweep": ("outbox.sweep", 5),
    "outbox_received": ("outbox.sweep_received", 15),
    "voc_sweep": ("voc.sweep", 15),
    "voc_learn": ("voc.learn", 60),
    "voc_topics": ("voc.propose_topics", 3600),
    "voc_gather": ("voc.gather_feedback", 60),
    "voc_send": ("voc.send_planned", 5),
    "voc_waves": ("voc.plan_waves", 5),
    "voc_triggers": ("voc.sweep_triggers", 60),
    "engagement_store_events": ("engagement.store_events", 2),
    "engagement_sweep_events": ("engagement.sweep_events", 60),
    "engagement_quarantine": ("engagement.settle_quarantine", 10),
    "engagement_event_months": ("engagement.keep_event_months", 3600),
    "engagement_recompute": ("engagement.claim_and_recompute", 2),
    "engagement_aged": ("engagement.mark_aged", 300),
    "engagement_catalogue": ("engagement.work_catalogue", 15),
    "engagement_feature_counts": ("engagement.count_features", 3600),
    "sweep_imports": ("accounts.sweep_imports", 20),
    "sweep_budget_trials": ("accounts.sweep_budget_trials", 15),
    "sweep_summaries": ("accounts.sweep_summaries", 1800),
    "lifecycle_content": ("lifecycle.send_batches", 5),
    "lifecycle_content_facts": ("lifecycle.push_content_facts", 3600),
    "lifecycle_renewals": ("lifecycle.sweep_renewals", 900),
    "lifecycle_movements": ("lifecycle.refresh_movements", 60),
    "lifecycle_triggers": ("lifecycle.sweep_triggers", 5),
    "lifecycle_plays": ("lifecycle.run_due_plays", 5),
    "lifecycle_time_triggers": ("lifecycle.record_time_triggers", 900),
    "lifecycle_plans": ("lifecycle.sweep_plans", 300),
    "lifecycle_mails": ("lifecycle.send_freed_mails", 900),
    "lifecycle_effects": ("lifecycle.measure_effects", 3600),
    "lifecycle_calendars": ("lifecycle.sweep_calendars", 60),
    "lifecycle_ranking": ("lifecycle.rank_tasks", 300),
    "lifecycle_stages": ("lifecycle.sweep_stages", 60),
    "lifecycle_trials": ("lifecycle.sweep_trials", 15),
    "voc_initiatives": ("voc.sweep_initiatives", 20),
    "voc_initiative_effects": ("voc.measure_initiatives", 3600),
    "voc_deadlines": ("voc.sweep_deadlines", 30),
    "team_notices": ("team.send_notices", 30),
    "voc_results": ("voc.sweep_results", 15),
    "voc_advocacy": ("voc.sweep_advocacy", 900),
    "voc_own_rules": ("voc.sweep_own_rules", 3600),
    "voc_priorities": ("voc.refresh_priorities", 3600),
    "voc_coverage": ("voc.tally_coverage", 900),
    "voc_theme_weeks": ("voc.sweep_theme_weeks", 60),
    "voc_theme_weeks_anew": ("voc.rebuild_theme_weeks", 21600),
    "workspace_decks": ("workspace.sweep_decks", 15),
    "ring_doorbell": ("config.tasks.ring_doorbell", 10),
}

app.conf.beat_schedule = {name: {"task": task, "schedule": seconds} for name, (task, seconds) in SCHEDULE.items()}
