"""Where a department chats: an incoming webhook, and the lines that wait for it."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from team.models.audit import track_changes
from team.models.people import Department


@track_changes(exclude=("address", "posted_at"))
class ChatRoom(models.Model):
    """The chat of a department. SECURITY: whoever knows the address can write there, so it is kept encrypted."""

    department = models.OneToOneField(Department, on_delete=models.CASCADE, related_name="room")
    address = models.TextField(help_text=_("Encrypted."))
    host = models.CharField(max_length=255, help_text=_("Where it leads, for people to recognise it."))
    every_minutes = models.PositiveSmallIntegerField(
        _("minutes between messages"),
        default=15,
        validators=[MaxValueValidator(1440)],
        help_text=_("What comes in between is gathered into one message."),
    )
    is_active = models.BooleanField(_("on"), default=True)
    posted_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.department}: {self.host}"


class ChatLine(models.Model):
    """One line for a room; gathered lines leave as one message. `dedupe_key` makes a repeat harmless."""

    room = models.ForeignKey(ChatRoom, on_delete=models.CASCADE, related_name="lines")
    text = models.CharField(max_length=300)
    url = models.CharField(max_length=300, blank=True)
    dedupe_key = models.CharField(max_length=120)
    created_at = models.DateTimeField(auto_now_add=True)
    posted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["room", "dedupe_key"], name="one_chat_line_per_reason")]
        indexes = [
            models.Index(fields=["room", "id"], condition=models.Q(posted_at__isnull=True), name="chat_line_waiting"),
            # The purge takes what was posted long ago.
            models.Index(fields=["posted_at"], name="chat_line_posted"),
        ]

    def __str__(self) -> str:
        return self.text
