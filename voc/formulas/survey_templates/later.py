"""Templates for later: the business review, 120 days before a renewal, a loss."""

from typing import Final

from django.utils.translation import gettext_noop as _

from voc.formulas.survey_templates.shape import (
    LIKELY,
    MAIN_REASON,
    MAY_WE_TALK,
    SurveyTemplate,
    ask,
    between,
    choices,
    when,
)

EBR: Final = SurveyTemplate(
    slug="ebr",
    name=_("After a business review"),
    kind="csat",
    moment=_("A day after the review meeting"),
    purpose=_("Whether the meeting was worth the time of those who decide, and what they want to talk about next."),
    decision=_("What the next review is about, who should be there, and whether we meet at all."),
    measure=_("Share of 4 and 5"),
    target=_("80 % at 4 or 5"),
    valid_days=14,
    questions=(
        ask(
            "csat",
            "csat",
            "Was the review meeting worth your time?",
            "Var gennemgangsmødet din tid værd?",
            "这次回顾会议值得您花费时间吗？",
            **between(("Not at all", "Slet ikke", "完全不值得"), ("Completely", "I høj grad", "非常值得")),
        ),
        ask(
            "order",
            "ranking",
            "What matters most in the next quarter? Put it in order.",
            "Hvad er vigtigst i næste kvartal? Sæt det i rækkefølge.",
            "下一季度什么最重要？请排序。",
            options=choices(
                adoption=("More people working with it", "At flere arbejder med det", "让更多人使用"),
                results=("Showing results", "At vise resultater", "展示成果"),
                functions=("New functions", "Nye funktioner", "新功能"),
                cost=("Cost", "Omkostninger", "成本"),
                support=("Faster help", "Hurtigere hjælp", "更快的支持"),
            ),
        ),
        ask(
            "not_said",
            "text",
            "What did the meeting leave out?",
            "Hvad manglede på mødet?",
            "会议遗漏了什么？",
        ),
        ask(
            "who_else",
            "short_text",
            "Who else should be there next time?",
            "Hvem bør også være med næste gang?",
            "下次还应该邀请谁参加？",
        ),
    ),
)

RENEWAL: Final = SurveyTemplate(
    slug="renewal",
    name=_("120 days before a renewal"),
    kind="nps",
    moment=_("120 days before the renewal, those who decide"),
    purpose=_(
        "What speaks against renewing, while there is time to change it. It may use the budget kept for renewals."
    ),
    decision=_("Which renewals get a plan now, and which forecast we change."),
    measure=_("Share that would renew today, NPS of those who decide"),
    target=_("Every “unsure” or worse has a plan within five working days"),
    is_about_renewal=True,
    valid_days=21,
    reminders=2,
    questions=(
        ask(
            "nps",
            "nps",
            "How likely are you to recommend us to a colleague?",
            "Hvor sandsynligt er det, at du vil anbefale os til en kollega?",
            "您有多大可能向同事推荐我们？",
            **LIKELY,
        ),
        ask(
            "renew",
            "single",
            "If you had to decide today, would you renew?",
            "Hvis du skulle beslutte i dag, ville du så forlænge?",
            "如果今天就要决定，您会续约吗？",
            is_required=True,
            options=choices(
                yes=("Yes", "Ja", "会"),
                probably=("Probably", "Sandsynligvis", "可能会"),
                unsure=("I am unsure", "Jeg er i tvivl", "不确定"),
                probably_not=("Probably not", "Sandsynligvis ikke", "可能不会"),
                no=("No", "Nej", "不会"),
            ),
            jumps=[{"when": [when("renew", "eq", "yes")], "to": "reason"}],
        ),
        ask(
            "against",
            "multiple",
            "What speaks against it?",
            "Hvad taler imod?",
            "有哪些不利于续约的因素？",
            has_other=True,
            max_choices=3,
            options=choices(
                price=("Price", "Pris", "价格"),
                value=("Too little use for us", "For lidt nytte for os", "对我们的价值太小"),
                functions=("Missing functions", "Manglende funktioner", "缺少功能"),
                quality=("Faults and outages", "Fejl og nedbrud", "故障与中断"),
                service=("Help and contact", "Hjælp og kontakt", "支持与沟通"),
                plans=("Changes in our company", "Ændringer i vores virksomhed", "我们公司的变化"),
            ),
        ),
        ask(
            "to_yes",
            "text",
            "You chose “{{ answer.renew }}”. What would have to happen for it to become a yes?",
            "Du valgte “{{ answer.renew }}”. Hvad skal der ske, for at det bliver et ja?",
            "您选择了“{{ answer.renew }}”。需要做到什么才能变成“会”？",
        ),
        ask("reason", "text", *MAIN_REASON, show_if=[when("renew", "eq", "yes")]),
    ),
)

LOSS: Final = SurveyTemplate(
    slug="loss",
    name=_("After a loss"),
    kind="custom",
    moment=_("14 days after the account was lost"),
    purpose=_("Why they left, and when it could still have been changed. Short, kind, no attempt to win back."),
    decision=_("Which cause of losses we work on next, and at which moment we must act earlier."),
    measure=_("Causes of losses by ARR, share answered"),
    target=_("A cause from the customer for half of the lost ARR"),
    reminders=0,
    intro={
        "en": "We are sorry to see you go. Two minutes would help us to do better for others.",
        "da": "Vi er kede af, at I stopper. To minutter ville hjælpe os med at gøre det bedre for andre.",
        "zh": "很遗憾您决定离开。您的两分钟将帮助我们为其他客户做得更好。",
    },
    questions=(
        ask(
            "cause",
            "single",
            "What was the main reason?",
            "Hvad var den vigtigste grund?",
            "主要原因是什么？",
            is_required=True,
            has_other=True,
            options=choices(
                price=("Price", "Pris", "价格"),
                functions=("Missing functions", "Manglende funktioner", "缺少功能"),
                ease=("Too hard to use", "For svært at bruge", "使用太困难"),
                use=("We did not use it enough", "Vi brugte det ikke nok", "我们使用得不够"),
                service=("Help and contact", "Hjælp og kontakt", "支持与沟通"),
                promise=("It was not what we were promised", "Det var ikke, hvad vi blev lovet", "与承诺不符"),
                company=("Changes in our company", "Ændringer i vores virksomhed", "我们公司的变化"),
            ),
        ),
        ask(
            "instead",
            "single",
            "What do you use instead?",
            "Hvad bruger I i stedet?",
            "您现在改用什么？",
            options=choices(
                other=("Another product", "Et andet produkt", "其他产品"),
                own=("Something of our own", "Noget, vi selv har lavet", "自己开发的工具"),
                nothing=("Nothing", "Ingenting", "不使用"),
            ),
        ),
        ask(
            "earlier",
            "text",
            "When could this still have been changed, and how?",
            "Hvornår kunne det stadig være ændret, og hvordan?",
            "在什么时候、以什么方式还可以改变这个结果？",
        ),
        ask(
            "back",
            "rating",
            "How likely is it that you come back one day?",
            "Hvor sandsynligt er det, at I en dag vender tilbage?",
            "您有多大可能有一天再回来？",
            scale=5,
            **LIKELY,
        ),
        ask("may_talk", "consent", *MAY_WE_TALK),
    ),
)
