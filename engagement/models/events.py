"""Events as customers' programs send them: keys, the durable inbox, stored events, and what could not be placed."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from engagement.models.usage import Feature
from team.models import track_changes


@track_changes(exclude=("last_used_on",))
class WriteKey(models.Model):
    """A key that can send events and read nothing. The key is made of `nonce` and the server's secret; see
    engagement.services.keys. `source` names where its events come from; message ids are told apart per key."""

    class Scope(models.TextChoices):
        TRACK = "track", _("Send events (track, page, screen)")
        IDENTIFY = "identify", _("Say who is who (identify, group, alias)")
        IMPORT = "import", _("Import the past in bulk")

    name = models.CharField(_("name"), max_length=80)
    source = models.SlugField(_("source"), max_length=40, unique=True)
    nonce = models.CharField(max_length=32, unique=True)
    scopes = ArrayField(models.CharField(max_length=8, choices=Scope.choices), default=list)
    events_per_second = models.PositiveIntegerField(
        _("events per second at most"), null=True, blank=True, help_text=_("Empty: the install's limit.")
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_on = models.DateField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class EventBatch(models.Model):
    """One request, durable before it was answered, and its receipt.

    `body` is the request's JSON as it came, packed by `formulas.segment_bodies`, and emptied when its events are
    stored. `reasons` is `{code: {"count": n, "examples": [[place in the batch, words], ...]}}` for what was refused or
    put aside.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    receipt = models.UUIDField(unique=True)
    key = models.ForeignKey(WriteKey, on_delete=models.PROTECT, related_name="batches")
    call = models.CharField(max_length=10, help_text=_("track, batch, import, ..."))
    is_import = models.BooleanField(default=False)
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    received_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True, help_text=_("The sender's clock when it sent."))
    client = models.CharField(max_length=120, blank=True)
    size = models.PositiveIntegerField(default=0)
    body = models.BinaryField(null=True, blank=True)
    events = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    duplicates = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    quarantined = models.PositiveIntegerField(default=0)
    reasons = models.JSONField(default=dict)
    attempts = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            # Workers claim what waits, oldest first.
            models.Index(fields=["id"], condition=Q(state="waiting"), name="batch_waiting"),
            # Receipts are read newest first, of one key or of all, and thrown away by age.
            models.Index(F("key"), F("id").desc(), name="batch_of_key"),
            models.Index(fields=["received_at"], name="batch_age"),
            # What went wrong is rare and looked for.
            models.Index(F("id").desc(), condition=Q(state="failed"), name="batch_failed"),
            models.Index(F("id").desc(), condition=Q(rejected__gt=0), name="batch_refused"),
        ]

    def __str__(self) -> str:
        return str(self.receipt)


class EventKind(models.TextChoices):
    TRACK = "track", _("Event")
    PAGE = "page", _("Page")
    SCREEN = "screen", _("Screen")


class Event(models.Model):
    """One stored event. The table is partitioned by month of `received_at`, has neither a primary key nor foreign keys
    in the database, and is written by COPY alone; months beyond retention are dropped whole."""

    pk = models.CompositePrimaryKey("received_at", "id")
    id = models.BigIntegerField()
    received_at = models.DateTimeField()
    happened_at = models.DateTimeField()
    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="usage_events"
    )
    feature = models.ForeignKey(
        Feature, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    key = models.ForeignKey(
        WriteKey, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    kind = models.CharField(max_length=6, choices=EventKind.choices)
    user_key = models.CharField(max_length=120, blank=True)
    message_id = models.CharField(max_length=120)
    properties = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(F("account"), F("happened_at").desc(), name="event_by_account"),
            # The debugger reads what came last. Rows lie in the order of their arrival, so a few bytes will do.
            BrinIndex(fields=["received_at"], name="event_arrival", pages_per_range=32, autosummarize=True),
        ]

    def __str__(self) -> str:
        return self.message_id


class SeenMessage(models.Model):
    """A message id that was stored, as a digest of key and id. Partitioned by `month`: that of the event's own time as
    the sender wrote it, which a retry repeats; months beyond the window are dropped whole."""

    pk = models.CompositePrimaryKey("digest", "month")
    digest = models.UUIDField()
    month = models.DateField()

    def __str__(self) -> str:
        return str(self.digest)


class QuarantinedEvent(models.Model):
    """An event whose account nobody knows yet. `hint` is what a person can map: a group, a mail domain, a user."""

    class Hint(models.TextChoices):
        GROUP = "group", _("Group")
        DOMAIN = "domain", _("Mail domain")
        USER = "user", _("User")
        NOBODY = "nobody", _("Says nothing")

    batch = models.ForeignKey(EventBatch, on_delete=models.SET_NULL, null=True, related_name="+")
    key = models.ForeignKey(WriteKey, on_delete=models.PROTECT, related_name="quarantined")
    hint = models.CharField(max_length=6, choices=Hint.choices)
    hint_value = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=6, choices=EventKind.choices)
    name = models.CharField(max_length=120)
    user_key = models.CharField(max_length=120, blank=True)
    message_id = models.CharField(max_length=120)
    received_at = models.DateTimeField()
    happened_at = models.DateTimeField()
    properties = models.JSONField(default=dict)
    is_dropped = models.BooleanField(default=False, help_text=_("A person said that it is nobody's."))

    class Meta:
        indexes = [
            models.Index(fields=["is_dropped", "hint", "hint_value", "id"], name="quarantine_by_hint"),
            # The debugger reads what came last.
            models.Index(fields=["received_at", "id"], name="quarantine_arrival"),
        ]

    def __str__(self) -> str:
        return f"{self.hint}:{self.hint_value}"


class EventIdentity(models.Model):
    """Who an identifier of the vendor's product is: learned from group, identify and alias calls, or said by a person.

    What a person said is never overwritten by what is learned.
    """

    class Kind(models.TextChoices):
        GROUP = "group", _("Group")
        DOMAIN = "domain", _("Mail domain")
        USER = "user", _("User")

    kind = models.CharField(max_length=6, choices=Kind.choices)
    value = models.CharField(max_length=200)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, null=True, related_name="identities")
    same_as = models.CharField(max_length=200, blank=True, help_text=_("The user that this one became (alias)."))
    group_value = models.CharField(max_length=200, blank=True, help_text=_("The group that this user belongs to."))
    email = models.CharField(max_length=254, blank=True)
    is_manual = models.BooleanField(default=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "value"], name="one_meaning_per_identifier")]

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}"


class MappedEvent(models.Model):
    """An event that left the quarantine when a person mapped its hint: where it lies, so that undo can bring it back.

    Points to the event by value: it has no key in the database. Thrown away with the undo.
    """

    identity = models.ForeignKey(EventIdentity, on_delete=models.CASCADE, related_name="mapped")
    event_id = models.BigIntegerField()
    received_at = models.DateTimeField()
    happened_at = models.DateTimeField()
    account_ref = models.BigIntegerField()
    mapped_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.event_id)


class QuarantineWork(models.Model):
    """What a word about an identifier asks of many events, while a worker is at it: mapped events up to `mapped_until`
    come back into the quarantine (0: none), and all that is there under the hint is put out of sight or into it again.
    """

    hint = models.CharField(max_length=6, choices=QuarantinedEvent.Hint.choices)
    value = models.CharField(max_length=200, blank=True)
    is_dropped = models.BooleanField(default=False)
    mapped_until = models.BigIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    started_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.hint}:{self.value}"
