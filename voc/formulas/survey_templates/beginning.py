"""Templates for the first months: the handover from sales, the end of onboarding, the first value."""

from typing import Final

from django.utils.translation import gettext_noop as _

from voc.formulas.survey_templates.shape import AGREE, SATISFIED, SurveyTemplate, ask, between, choices, when

HANDOVER: Final = SurveyTemplate(
    slug="handover",
    name=_("After the handover from sales"),
    kind="csat",
    moment=_("14 days after signing"),
    purpose=_(
        "Whether the customer meets what was promised. Broken promises go to sales while they can still be kept."
    ),
    decision=_("Which promises we put right now, and what sales may promise from now on."),
    measure=_("Share of 4 and 5, share of customers who were told something else"),
    target=_("85 % at 4 or 5, under 10 % told something else"),
    questions=(
        ask(
            "csat",
            "csat",
            "How satisfied or dissatisfied are you with the move from signing to the start of the project?",
            "Hvor tilfreds eller utilfreds er du med overgangen fra underskrift til projektets start?",
            "您对从签约到项目启动的过渡满意还是不满意？",
            **SATISFIED,
        ),
        ask(
            "as_told",
            "single",
            "Does what you see now match what you were told before signing?",
            "Svarer det, du ser nu, til det, du fik at vide før underskriften?",
            "您现在看到的与签约前被告知的一致吗？",
            options=choices(
                yes=("Yes", "Ja", "一致"),
                mostly=("Mostly", "For det meste", "大部分一致"),
                no=("No", "Nej", "不一致"),
            ),
        ),
        ask(
            "gap",
            "text",
            "What is different from what you were told?",
            "Hvad er anderledes end det, du fik at vide?",
            "哪些与您被告知的不同？",
            show_if=[when("as_told", "in", ["mostly", "no"])],
        ),
        ask(
            "goal",
            "short_text",
            "Which result would make the first year a success for you?",
            "Hvilket resultat ville gøre det første år til en succes for dig?",
            "第一年取得什么成果对您来说才算成功？",
        ),
    ),
)

ONBOARDING_END: Final = SurveyTemplate(
    slug="onboarding_end",
    name=_("At the end of onboarding"),
    kind="ces",
    moment=_("7 days after the onboarding stage was left"),
    purpose=_(
        "How much effort the start cost and what is missing before daily work. Low answers keep onboarding open."
    ),
    decision=_("Which accounts stay in onboarding, and which part of it we rebuild next."),
    measure=_("Mean of 1 to 7, weakest part of onboarding"),
    target=_("Mean 5.5, no part with a quarter of “not good”"),
    questions=(
        ask(
            "ces",
            "ces",
            "To what extent do you agree or disagree: it was easy to get started.",
            "I hvor høj grad er du enig eller uenig: Det var let at komme i gang.",
            "您在多大程度上同意或不同意：上手很容易。",
            **AGREE,
        ),
        ask(
            "parts",
            "matrix",
            "How did these parts go?",
            "Hvordan gik disse dele?",
            "以下各部分进行得如何？",
            rows=choices(
                data=("Moving our data", "Flytning af vores data", "数据迁移"),
                setup=("Setting it up", "Opsætning", "系统设置"),
                training=("Training", "Oplæring", "培训"),
                contact=("Contact with your people", "Kontakten med jeres folk", "与贵方人员的沟通"),
            ),
            columns=choices(
                not_good=("Not good", "Ikke godt", "不好"),
                fair=("Fair", "Nogenlunde", "一般"),
                good=("Good", "Godt", "好"),
                none=("Not used", "Ikke brugt", "未使用"),
            ),
        ),
        ask(
            "ready",
            "single",
            "Can your team work with it every day now?",
            "Kan dit team arbejde med det hver dag nu?",
            "您的团队现在可以每天使用它工作吗？",
            options=choices(
                yes=("Yes", "Ja", "可以"),
                some=("Some of us", "Nogle af os", "部分人可以"),
                no=("Not yet", "Ikke endnu", "还不行"),
            ),
            jumps=[{"when": [when("ready", "eq", "yes")], "to": "end"}],
        ),
        ask(
            "missing",
            "text",
            "What is still missing?",
            "Hvad mangler der stadig?",
            "还缺少什么？",
        ),
    ),
)

FIRST_VALUE: Final = SurveyTemplate(
    slug="first_value",
    name=_("First value"),
    kind="custom",
    moment=_("When the first goal is reached, or 90 days after signing"),
    purpose=_("Whether the result they bought is there, in their own words and numbers. It feeds the success plan."),
    decision=_("Which success plans we change, and which results we may tell others."),
    measure=_("Share of customers who reached their result or part of it"),
    target=_("70 % within 120 days of signing"),
    questions=(
        ask(
            "reached",
            "single",
            "Have you reached the result that you chose us for?",
            "Har I nået det resultat, som I valgte os for?",
            "您是否已经实现了选择我们时所期望的成果？",
            is_required=True,
            options=choices(
                yes=("Yes", "Ja", "已实现"),
                partly=("Partly", "Delvist", "部分实现"),
                not_yet=("Not yet", "Ikke endnu", "尚未实现"),
                other_goal=("Our goal has changed", "Vores mål har ændret sig", "我们的目标已改变"),
            ),
        ),
        ask(
            "result",
            "short_text",
            "Which result, if you can, as a number?",
            "Hvilket resultat, gerne som et tal?",
            "是什么成果？如有可能请用数字说明。",
            show_if=[when("reached", "in", ["yes", "partly"])],
        ),
        ask(
            "in_the_way",
            "multiple",
            "What stands in the way?",
            "Hvad står i vejen?",
            "遇到了哪些阻碍？",
            show_if=[when("reached", "in", ["partly", "not_yet"])],
            has_other=True,
            options=choices(
                time=("Time of our own people", "Tid hos vores egne folk", "我方人员时间不足"),
                knowledge=("Knowledge of the product", "Kendskab til produktet", "对产品了解不够"),
                data=("Our data", "Vores data", "我们的数据"),
                function=("A missing function", "En manglende funktion", "缺少功能"),
                backing=("Backing by our management", "Opbakning fra vores ledelse", "管理层的支持"),
            ),
        ),
        ask(
            "new_goal",
            "short_text",
            "What is your goal now?",
            "Hvad er jeres mål nu?",
            "您现在的目标是什么？",
            show_if=[when("reached", "eq", "other_goal")],
        ),
        ask(
            "worth",
            "rating",
            "How valuable is it in your work today?",
            "Hvor værdifuldt er det i dit arbejde i dag?",
            "目前它对您的工作有多大价值？",
            scale=5,
            **between(
                ("Of no value", "Uden værdi", "没有价值"), ("Of very high value", "Meget stor værdi", "价值非常高")
            ),
        ),
    ),
)
