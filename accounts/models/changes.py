"""Change marks: services say which account changed, engagement claims the rows and recomputes."""

from django.db import models

from accounts.models.accounts import Account


class AccountChange(models.Model):
    """One mark that an account's facts changed. Rows are claimed with SKIP LOCKED and deleted when the score is new.

    `pk` is the order of marks: a recompute that read after mark N covers all marks up to N of that account.
    """

    # What a reason begins with that says why the account could not be judged; such a mark asks for nothing.
    ASIDE = "aside:"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="changes")
    reason = models.CharField(max_length=40)
    marked_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["account", "id"], name="change_by_account")]

    @property
    def words(self) -> str:
        """The reason without what it begins with."""
        return self.reason.removeprefix(self.ASIDE)

    def __str__(self) -> str:
        return f"{self.account_id}: {self.reason}"
