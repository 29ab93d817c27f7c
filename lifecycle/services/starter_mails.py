"""The words that the starter playbooks write; a person reads them before they go out."""

from typing import NamedTuple

from django.utils.translation import gettext_noop


class StarterMail(NamedTuple):
    """One template in English."""

    slug: str
    name: str
    subject: str
    body: str
    wanted_action: str


_GREETING = "Dear {{ contact.first_name | customer }},\n\n"
_CLOSE = "\n\nKind regards\n{{ author.name }}"

STARTER_MAILS: tuple[StarterMail, ...] = (
    StarterMail(
        "welcome",
        gettext_noop("Welcome and kick-off"),
        "Your start with us: one date to agree",
        f"{_GREETING}welcome. To begin well we need one hour with you and whoever will work in the product first. "
        f"We go through what you want to reach, by when, and who does what.\n\nCould you {{{{ ask }}}}?{_CLOSE}",
        gettext_noop("choose a date for the kick-off"),
    ),
    StarterMail(
        "first-users",
        gettext_noop("First users"),
        "Who starts in the first week?",
        f"{_GREETING}everything is ready on our side. The next step is yours: could you {{{{ ask }}}}? Three people "
        f"who do the work every day are the best beginning.{_CLOSE}",
        gettext_noop("send us the names of the first users"),
    ),
    StarterMail(
        "first-result",
        gettext_noop("First result"),
        "What has changed since you started?",
        f"{_GREETING}you have worked with us for a while now. We would like to hold on to what it brought: could you "
        f"{{{{ ask }}}}? One sentence and one number are enough.{_CLOSE}",
        gettext_noop("tell us the first result in a sentence"),
    ),
    StarterMail(
        "review-invitation",
        gettext_noop("Invitation to the review"),
        "Our review: your goals, your numbers, what comes next",
        f"{_GREETING}twice a year we look at your goals with the people who decide. We bring the numbers. Could you "
        f"{{{{ ask }}}}?{_CLOSE}",
        gettext_noop("choose a date and name who decides"),
    ),
    StarterMail(
        "renewal-ahead",
        gettext_noop("Renewal ahead"),
        "Your contract runs until {{ account.renews_on | its end }}",
        f"{_GREETING}before we speak of the contract we want to know whether it does what you bought it for. Could "
        f"you {{{{ ask }}}}?{_CLOSE}",
        gettext_noop("say what should be different next year"),
    ),
    StarterMail(
        "keep-in-touch",
        gettext_noop("Long silence"),
        "Are we still useful to you?",
        f"{_GREETING}we have not spoken for a while, and that is on us. Could you {{{{ ask }}}}? If somebody else "
        f"is the right person by now, a name is enough.{_CLOSE}",
        gettext_noop("answer with one line: what works and what does not"),
    ),
    StarterMail(
        "second-contact",
        gettext_noop("Second contact"),
        "Who else should know about this?",
        f"{_GREETING}when you are away, nobody at {{{{ account.name }}}} hears from us. Could you {{{{ ask }}}}?"
        f"{_CLOSE}",
        gettext_noop("introduce a colleague who also works with it"),
    ),
    StarterMail(
        "course",
        gettext_noop("A course that fits"),
        "Half an hour that pays back",
        f"{_GREETING}most of what people ask us is answered in one short course. Could you {{{{ ask }}}}?{_CLOSE}",
        gettext_noop("take the course with your team this month"),
    ),
)
