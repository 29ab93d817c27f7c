"""Templates of the three scores: NPS of the relationship, CSAT after a case, CES of a task."""

from typing import Final

from django.utils.translation import gettext_noop as _

from voc.formulas.survey_templates.shape import (
    AGREE,
    LIKELY,
    MAIN_REASON,
    SATISFIED,
    SurveyTemplate,
    ask,
    choices,
    when,
)

NPS: Final = SurveyTemplate(
    slug="nps",
    name=_("Relationship NPS"),
    kind="nps",
    moment=_("Every half year, a part of the customers each month"),
    purpose=_(
        "How the relationship stands, and why. Critics say what to change first, promoters whether they may be quoted."
    ),
    decision=_("Which customers we call this week, and what we fix next quarter."),
    measure=_("NPS with its interval, response rate, share of critics answered within two working days"),
    target=_("NPS 40, every critic answered"),
    questions=(
        ask(
            "nps",
            "nps",
            "How likely are you to recommend us to a colleague?",
            "Hvor sandsynligt er det, at du vil anbefale os til en kollega?",
            "您有多大可能向同事推荐我们？",
            **LIKELY,
        ),
        ask("reason", "text", *MAIN_REASON, with_previous=True),
        ask(
            "first_change",
            "short_text",
            "What is the first thing we should do differently?",
            "Hvad er det første, vi bør gøre anderledes?",
            "我们首先应该改变什么？",
            show_if=[when("nps", "lte", 8)],
        ),
        ask(
            "may_quote",
            "consent",
            "You may quote my answer with my name and company.",
            "I må gerne citere mit svar med navn og firma.",
            "你们可以注明我的姓名和公司引用我的回答。",
            show_if=[when("nps", "gte", 9), when("reason", "answered")],
        ),
    ),
)

CSAT: Final = SurveyTemplate(
    slug="csat",
    name=_("CSAT after a case"),
    kind="csat",
    moment=_("A day after a ticket was closed"),
    purpose=_(
        "Whether one case was handled well, and whether it is solved: a case that is not solved is opened again."
    ),
    decision=_("Which cases we open again, and what support trains next month."),
    measure=_("Share of 4 and 5, share of cases that are not solved"),
    target=_("90 % at 4 or 5, under 5 % not solved"),
    is_transactional=True,
    valid_days=10,
    reminders=0,
    questions=(
        ask(
            "csat",
            "csat",
            "How satisfied or dissatisfied are you with how we handled your case?",
            "Hvor tilfreds eller utilfreds er du med, hvordan vi håndterede din sag?",
            "您对我们处理您的问题的方式满意还是不满意？",
            **SATISFIED,
        ),
        ask(
            "solved",
            "single",
            "Is it solved?",
            "Er den løst?",
            "问题解决了吗？",
            with_previous=True,
            options=choices(yes=("Yes", "Ja", "是"), partly=("Partly", "Delvist", "部分解决"), no=("No", "Nej", "否")),
        ),
        ask(
            "better",
            "text",
            "What should we have done differently?",
            "Hvad skulle vi have gjort anderledes?",
            "我们本应怎样做得不同？",
            show_if=[when("csat", "lte", 3)],
        ),
    ),
)

CES: Final = SurveyTemplate(
    slug="ces",
    name=_("CES of a task"),
    kind="ces",
    moment=_("Right after a task in the product or with support"),
    purpose=_("How much effort a task costs, and what made it hard. Low numbers show which step to simplify."),
    decision=_("Which step of the task we simplify next."),
    measure=_("Mean of 1 to 7, share of 6 and 7"),
    target=_("Mean 5.5"),
    is_transactional=True,
    valid_days=14,
    questions=(
        ask(
            "ces",
            "ces",
            "To what extent do you agree or disagree: it was easy to get this done.",
            "I hvor høj grad er du enig eller uenig: Det var let at få det gjort.",
            "您在多大程度上同意或不同意：完成这件事很容易。",
            **AGREE,
        ),
        ask(
            "hard",
            "multiple",
            "What made it hard?",
            "Hvad gjorde det svært?",
            "是什么让它变得困难？",
            show_if=[when("ces", "lte", 4)],
            has_other=True,
            options=choices(
                person=("Finding the right person", "At finde den rette person", "找不到合适的人"),
                instructions=("Unclear instructions", "Uklare instruktioner", "说明不清楚"),
                product=("The product itself", "Selve produktet", "产品本身"),
                waiting=("Waiting for an answer", "At vente på svar", "等待答复"),
                repeating=("Explaining it more than once", "At forklare det flere gange", "需要多次解释"),
            ),
        ),
        ask("reason", "text", *MAIN_REASON),
    ),
)
