"""What came back by mail in the demo world: bounces, an auto-reply, answers, one that belongs to nobody."""

import datetime as dt

from accounts.models import Account, Contact
from outbox.models import Channel, DeliveryReport, Message, ReceivedMail, State
from team.clock import now
from team.models import Role, User
from team.selectors.install import DEMO_DOMAIN

Kind, Outcome = ReceivedMail.Kind, ReceivedMail.Outcome
FULL = "smtp; 552 5.2.2 The email account that you tried to reach is over quota"
GONE = "smtp; 550 5.1.1 Recipient address rejected: User unknown in local recipient table"
DISABLED = "smtp; 550 5.2.1 The email account that you tried to reach is disabled"
# kind, outcome, subject, words, note, days ago
MAILS = (
    (Kind.BOUNCE, Outcome.BLOCKED, "Undelivered Mail Returned to Sender", GONE, "", 2),
    (
        Kind.ANSWER,
        Outcome.LOGGED,
        "Re: Your review in March",
        "Thursday suits us. Could you bring the usage by team?",
        "",
        1,
    ),
    (Kind.AUTO_REPLY, Outcome.KEPT, "Automatic reply: One question", "I am out of the office until Monday.", "", 3),
    (Kind.BOUNCE, Outcome.PAUSED, "Delivery Status Notification (Failure)", FULL, "", 0),
    (Kind.ANSWER, Outcome.LOGGED, "Re: One question", "We answered last week, the export is what bothers us.", "", 5),
    (Kind.COMPLAINT, Outcome.OPTED_OUT, "FW: One question", "abuse", "abuse", 9),
    (Kind.AUTO_REPLY, Outcome.KEPT, "Autosvar: Et spørgsmål", "Jeg er på ferie til den 3.", "", 12),
    (Kind.BOUNCE, Outcome.BLOCKED, "failure notice", DISABLED, "", 15),
)
REASONS = {FULL: "mailbox_full", GONE: "user_unknown", DISABLED: "moved"}


def write_received() -> int:
    """Fill the page of received mail of the demo's CSM once; returns how many came. Does not grow with the world."""
    csm = User.objects.filter(email__endswith=f"@{DEMO_DOMAIN}", role=Role.CSM).order_by("pk").first()
    if csm is None or ReceivedMail.objects.exists():
        return 0
    book = Account.objects.filter(csm=csm, status=Account.Status.CUSTOMER).order_by("-pk")[: len(MAILS)]
    people = [contact for account in book if (contact := account.contacts.exclude(email="").order_by("-pk").first())]
    # The oldest first: the list shows them in the order in which they came.
    came = sorted(enumerate(zip(people, MAILS, strict=False)), key=lambda one: -one[1][1][5])
    for number, (contact, row) in came[: len(came) // 2]:
        _write(number, contact, row)
    _write_stray()
    for number, (contact, row) in came[len(came) // 2 :]:
        _write(number, contact, row)
    return ReceivedMail.objects.count()


def _write_stray() -> None:
    """A mail that belongs to nobody."""
    ReceivedMail.objects.create(
        message_id="<offer@newsletter.example>",
        source="maildir",
        kind=Kind.ANSWER,
        sender="offers@newsletter.example",
        recipient="mail@lakeside.example",
        subject="The future of planning",
        text="Book your seat now.",
        words="Book your seat now.",
        outcome=Outcome.UNKNOWN,
        received_at=now() - dt.timedelta(days=4),
        heard_at=now(),
    )


def _write(number: int, contact: Contact, row: tuple[str, str, str, str, str, int]) -> None:
    kind, outcome, subject, words, note, days = row
    at = now() - dt.timedelta(days=days, hours=number + 1)
    message = Message.objects.create(
        channel=Channel.MAIL,
        kind="survey",
        recipient=contact.email,
        domain=contact.email.rpartition("@")[2],
        subject="One question from Lakeside Planning",
        message_id=f"<demo-received-{contact.pk}@127.0.0.1>",
        subject_ref=f"contact:{contact.pk}",
        state=State.KEPT,
        sent_at=at - dt.timedelta(hours=2),
        heard_at=at,
        due_at=at,
    )
    is_bounce = kind == Kind.BOUNCE
    received = ReceivedMail.objects.create(
        message_id=f"<demo-{number}@customer.example>",
        source="maildir",
        kind=kind,
        sender="mailer-daemon@mx.customer.example" if is_bounce else contact.email,
        recipient="mail@lakeside.example",
        subject=subject,
        text=words,
        words="" if is_bounce else words,
        our_mail=message,
        subject_ref=f"contact:{contact.pk}",
        outcome=outcome,
        note=note,
        sent_at=at,
        received_at=at,
        heard_at=at,
    )
    if is_bounce:
        is_hard = outcome == Outcome.BLOCKED
        DeliveryReport.objects.create(
            our_mail=message,
            received=received,
            subject_ref=f"contact:{contact.pk}",
            address=contact.email.lower(),
            reason=REASONS[words],
            is_hard=is_hard,
            status=words.split()[2],
            diagnostic=words,
            reported_at=at,
            blocked_until=None if is_hard else at + dt.timedelta(days=3),
        )
        if is_hard:
            Contact.objects.filter(pk=contact.pk).update(status=Contact.Status.BOUNCED)
