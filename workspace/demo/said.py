"""What customers say without being asked, in the demo world: per channel, with mood and themes, in three languages."""

from typing import NamedTuple


class Said(NamedTuple):
    """`source` is one of Feedback.Source; `themes` are slugs; `text` by language."""

    source: str
    themes: tuple[str, ...]
    sentiment: float
    text: dict[str, str]


SAID = (
    Said("ticket", ("bugs",), -0.5, {
        "en": "Since Tuesday the nightly export stops at 10,000 rows without an error. Call me on +45 31 22 47 90.",
        "da": "Siden tirsdag stopper den natlige eksport ved 10.000 rækker uden fejl. Ring til mig på 31 22 47 90.",
        "zh": "从周二起，夜间导出到一万行就停了，也没有报错。请打我电话13812345678。",
    }),
    Said("ticket", ("usability",), -0.3, {
        "en": "I cannot find where the approval limits went after the last update. Two colleagues ask me daily.",
        "da": "Jeg kan ikke finde, hvor godkendelsesgrænserne blev af efter sidste opdatering.",
        "zh": "上次更新之后，我找不到审批额度的设置了，同事天天来问我。",
    }),
    Said("call", ("missing-feature",), -0.1, {
        "en": "We plan in weeks, your tool plans in months. If it could do both we would move the Oslo team over.",
        "da": "Vi planlægger i uger, jeres værktøj i måneder. Kunne det begge dele, flyttede vi Oslo-teamet over.",
        "zh": "我们按周做计划，你们的工具只能按月。要是都支持，奥斯陆团队也会用。",
    }),
    Said("call", ("relationship",), -0.6, {
        "en": "Honestly, this is the third contact person in a year. I explain our set-up from the start each time.",
        "da": "Helt ærligt, det er den tredje kontaktperson på et år. Jeg forklarer vores opsætning forfra hver gang.",
        "zh": "说实话，一年里已经换了三个对接人，每次都要从头解释我们的情况。",
    }),
    Said("mail", ("pricing",), -0.4, {
        "en": "Our purchasing department compares you with two others before June. Please write to "
              "purchasing@example.com what the price rise buys us.",
        "da": "Vores indkøb sammenligner jer med to andre inden juni. Skriv venligst til indkob@example.com, hvad "
              "prisstigningen giver os.",
        "zh": "六月前采购部会把你们和另外两家比较，请发邮件到 caigou@example.com 说明涨价换来了什么。",
    }),
    Said("mail", ("support",), 0.8, {
        "en": "Jonas stayed on the line until our month-end ran through. That saved our week, thank you.",
        "da": "Jonas blev på linjen, til vores månedsafslutning kørte igennem. Det reddede vores uge, tak.",
        "zh": "Jonas一直陪我们到月结跑完，帮了大忙，非常感谢。",
    }),
    Said("chat", ("education",), -0.1, {
        "en": "Is there a recording of the planner course? Three new people start on Monday.",
        "da": "Findes planlægger-kurset som optagelse? Tre nye starter på mandag.",
        "zh": "计划员课程有录像吗？周一有三位新同事入职。",
    }),
    Said("chat", ("bugs",), -0.5, {
        "en": "the dashboard is slow again, nearly a minute to open. same as last month",
        "da": "dashboardet er langsomt igen, næsten et minut om at åbne. ligesom sidste måned",
        "zh": "仪表盘又很慢，打开要将近一分钟，和上个月一样",
    }),
    Said("link", ("value",), 0.7, {
        "en": "Stock is down by a tenth since we plan with you. Our director asked how we did it.",
        "da": "Lageret er faldet med en tiendedel, siden vi planlægger med jer. Vores direktør spurgte hvordan.",
        "zh": "用了你们的系统后库存降了一成，总监还问我们是怎么做到的。",
    }),
    Said("link", ("missing-feature",), -0.2, {
        "en": "Please let me copy last year's plan as a start for the new one. I type it over every January.",
        "da": "Lad mig kopiere sidste års plan som udgangspunkt. Jeg taster den over hver januar.",
        "zh": "希望能把去年的计划复制成今年的起点，每年一月我都要重新录一遍。",
    }),
    Said("manual", ("handover",), -0.5, {
        "en": "At the fair she told me that nobody had mentioned the migration fee before they signed.",
        "da": "På messen fortalte hun, at ingen havde nævnt migreringsgebyret, før de skrev under.",
        "zh": "展会上她告诉我，签约之前没人提过迁移费。",
    }),
    Said("community", ("missing-feature",), 0.1, {
        "en": "Has anybody built a view per warehouse? We do it with three filters and a prayer.",
        "da": "Har nogen lavet en visning pr. lager? Vi gør det med tre filtre og en bøn.",
        "zh": "有人做过按仓库的视图吗？我们现在靠三个筛选条件硬凑。",
    }),
)  # fmt: skip


class Posted(NamedTuple):
    """Said in public, by somebody whom nobody knows yet. `stars` of 5, if any."""

    source: str
    author: str
    url: str
    stars: int | None
    sentiment: float
    language: str
    themes: tuple[str, ...]
    text: str


PUBLIC = (
    Posted("review", "Planning lead, food industry", "https://reviews.example/r/8123", 2, -0.6, "en", ("bugs",),
           "Powerful once it is set up, but the export still loses my filters. Support is kind and slow."),
    Posted("review", "Controller, retail", "https://reviews.example/r/8131", 5, 0.8, "en", ("value",),
           "We threw out eleven spreadsheets in a month. Worth it for the audit trail alone."),
    Posted("review", "Lagerchef", "https://reviews.example/r/8140", 4, 0.5, "da", ("usability",),
           "Let at komme i gang med. Mobilvisningen halter lidt, men ellers rigtig godt."),
    Posted("social", "@plan_b_please", "https://social.example/p/55102", None, -0.7, "en", ("pricing",),
           "Renewal quote from our planning vendor: up 22 %. For what, exactly?"),
    Posted("social", "供应链老王", "https://social.example/p/55160", None, 0.6, "zh", ("usability",),
           "新版排产界面比以前清楚多了，给个赞。"),
    Posted("community", "mkr_77", "https://forum.example/t/4711", None, -0.2, "en", ("education",),
           "Where is the documentation for the new rounding rules? The search finds the old page only."),
)  # fmt: skip
