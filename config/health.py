"""Is it alive, is it fit for work, what does it count: /healthz, /readyz, /metrics."""

import datetime as dt
import hmac
import ipaddress
import os
import shutil
import threading
from dataclasses import dataclass

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Min
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from config.heartbeat import BEAT, TAKES_WORK, WORKER
from outbox.models import Message
from team.models import Heartbeat

SILENCE = dt.timedelta(seconds=60)
OLDEST_DUE = dt.timedelta(minutes=5)
LEAST_FREE = 0.10  # of the disk with the data
REDIS_PATIENCE = 1.0  # seconds
migrations_are_applied = threading.Event()


@dataclass(frozen=True)
class Readiness:
    """What keeps the install from its work, and what it can do without for a while."""

    reasons: tuple[str, ...]
    degraded: tuple[str, ...]

    @property
    def status(self) -> str:
        """One word for both lists."""
        if self.reasons:
            return "not ready"
        return "degraded" if self.degraded else "ready"


@login_not_required
@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """The web process answers; nothing else is asked."""
    return JsonResponse({"status": "alive"})


@login_not_required
@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when the whole install does its work, 503 with reasons when not.

    Redis alone is no reason: pages answer and work waits in Postgres without it; then the status says `degraded`.
    """
    readiness = judge_readiness()
    body = {"status": readiness.status, "reasons": readiness.reasons, "degraded": readiness.degraded}
    return JsonResponse(body, status=503 if readiness.reasons else 200)


@login_not_required
@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Counters for Prometheus: from this machine, or with METRICS_TOKEN as bearer; a stranger gets 404."""
    if not may_read_metrics(request):
        raise Http404
    response: HttpResponse = ExportToDjangoView(request)
    response.content += generate_latest(own_gauges())
    return response


def may_read_metrics(request: HttpRequest) -> bool:
    """Whether the request comes from the loopback itself, not through a proxy, or carries the token."""
    token = os.environ.get("METRICS_TOKEN", "")
    given = request.headers.get("Authorization", "")
    if token and hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        return True
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False  # SECURITY: behind a proxy everybody comes from the loopback
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def judge_readiness() -> Readiness:
    """Asks database, worker, beat, outbox, disk and Redis; at most a few milliseconds when all is well."""
    reasons = disk_complaints()
    try:
        missing = schema_complaints()
        reasons += missing or [*process_complaints(), *outbox_complaints()]
    except DatabaseError as error:
        reasons.append(f"database: {str(error).strip().splitlines()[0] if str(error).strip() else 'away'}")
    return Readiness(tuple(reasons), tuple(redis_complaints()))


def disk_complaints() -> list[str]:
    """Less than a tenth of the disk is free."""
    usage = shutil.disk_usage(settings.BASE_DIR)
    if usage.free >= LEAST_FREE * usage.total:
        return []
    return [f"disk: {usage.free / usage.total:.0%} free, {LEAST_FREE:.0%} needed"]


def schema_complaints() -> list[str]:
    """Migrations of this code are not applied. A process that once found them all does not ask again."""
    if migrations_are_applied.is_set():
        return []
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        return [f"migrations: {len(missing)} not applied"]
    migrations_are_applied.set()
    return []


def process_complaints() -> list[str]:
    """Worker or beat gave no sign of life for a minute, or the worker lives and takes no work."""
    ages = heartbeat_ages()
    complaints = []
    if (beat := silence(ages, BEAT)) is not None:
        complaints.append(f"beat: silent {beat}")
    if (worker := silence(ages, WORKER)) is not None:
        complaints.append(f"worker: silent {worker}")
    elif beat is None and (deaf := silence(ages, TAKES_WORK)) is not None:
        complaints.append(f"worker: took no work {deaf}")
    return complaints


def heartbeat_ages() -> dict[str, dt.timedelta]:
    """Part -> time since its last sign of life."""
    now = timezone.now()
    return {part: now - beat_at for part, beat_at in Heartbeat.objects.values_list("part", "beat_at")}


def silence(ages: dict[str, dt.timedelta], prefix: str) -> str | None:
    """How long the liveliest part with that name has been silent, in words; None when it is not."""
    found = [age for part, age in ages.items() if part.startswith(prefix)]
    if not found:
        return "since ever"
    return f"for {min(found).total_seconds():.0f} s" if min(found) > SILENCE else None


def outbox_complaints() -> list[str]:
    """Something that should have left has been waiting for five minutes."""
    # What goes slowly on purpose, to a domain with a pace, is no complaint.
    oldest = Message.objects.due().not_held().order_by().aggregate(oldest=Min("due_at"))["oldest"]
    if oldest is None or timezone.now() - oldest <= OLDEST_DUE:
        return []
    return [f"outbox: oldest due message waits for {(timezone.now() - oldest).total_seconds():.0f} s"]


def redis_complaints() -> list[str]:
    """The doorbell is silent."""
    try:
        with redis.Redis.from_url(
            settings.REDIS_URL, socket_connect_timeout=REDIS_PATIENCE, socket_timeout=REDIS_PATIENCE
        ) as bell:
            bell.ping()
    except redis.RedisError as error:
        return [f"redis: {type(error).__name__}"]
    return []


def own_gauges() -> CollectorRegistry:
    """What the database knows about work that waits; asked at each scrape, the same in every process."""
    registry = CollectorRegistry()
    waiting = Gauge("perennial_outbox_due", "Messages that should have left by now", registry=registry)
    oldest = Gauge("perennial_outbox_oldest_due_seconds", "Age of the oldest of them", registry=registry)
    ages = Gauge("perennial_heartbeat_age_seconds", "Time since a sign of life", ["part"], registry=registry)
    due = Message.objects.due().order_by().aggregate(oldest=Min("due_at"))["oldest"]
    waiting.set(Message.objects.due().count())
    oldest.set((timezone.now() - due).total_seconds() if due else 0)
    for part, age in heartbeat_ages().items():
        ages.labels(part=part).set(age.total_seconds())
    return registry
