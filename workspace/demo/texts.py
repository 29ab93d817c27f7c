"""What people say in the demo world: survey comments by mood and theme in three languages, tickets, calls, mails."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Comment:
    """`theme` is a slug of the theme tree, `sentiment` in -1..1."""

    theme: str
    sentiment: float
    text: dict[str, str]


COMMENTS = (
    Comment("usability", -0.5, {
        "en": "The export takes six clicks every month and I still end up fixing the columns by hand.",
        "da": "Eksporten kræver seks klik hver måned, og jeg må stadig rette kolonnerne i hånden.",
        "zh-hans": "每个月导出都要点六次，最后还得手工改列。",
    }),
    Comment("bugs", -0.7, {
        "en": "Dashboards time out on Monday mornings, which is exactly when we need them.",
        "da": "Dashboards går i stå mandag morgen, netop når vi skal bruge dem.",
        "zh-hans": "周一早上仪表盘总是超时，偏偏那时候我们最需要它。",
    }),
    Comment("missing-feature", -0.3, {
        "en": "We would use it far more if approvals could be set per region.",
        "da": "Vi ville bruge det langt mere, hvis godkendelser kunne sættes pr. region.",
        "zh-hans": "如果审批可以按地区设置，我们会用得更多。",
    }),
    Comment("support", -0.6, {
        "en": "Support answered quickly, but it took three people and nine days to get a fix.",
        "da": "Support svarede hurtigt, men det tog tre personer og ni dage at få en løsning.",
        "zh-hans": "客服回复很快，但换了三个人、九天才解决。",
    }),
    Comment("handover", -0.8, {
        "en": "What sales promised us about the data migration was simply not in the project plan.",
        "da": "Det, sælgeren lovede os om datamigreringen, stod slet ikke i projektplanen.",
        "zh-hans": "销售答应的数据迁移，在项目计划里根本没有。",
    }),
    Comment("pricing", -0.4, {
        "en": "The price went up by a fifth and nobody could tell us what we get for it.",
        "da": "Prisen steg med en femtedel, og ingen kunne fortælle os, hvad vi får for det.",
        "zh-hans": "价格涨了两成，却没人说得清多了什么。",
    }),
    Comment("education", -0.2, {
        "en": "New colleagues need weeks to find their way; a short course for planners would help.",
        "da": "Nye kolleger bruger uger på at finde rundt; et kort kursus for planlæggere ville hjælpe.",
        "zh-hans": "新同事要好几周才能上手，希望有针对计划员的短课程。",
    }),
    Comment("billing", -0.5, {
        "en": "The last invoice was issued to the wrong entity for the second time.",
        "da": "Den seneste faktura blev for anden gang udstedt til det forkerte selskab.",
        "zh-hans": "上一张发票又一次开给了错误的公司。",
    }),
    Comment("relationship", 0.1, {
        "en": "It does what it should. We rarely hear from you, for better or worse.",
        "da": "Det gør, hvad det skal. Vi hører sjældent fra jer, på godt og ondt.",
        "zh-hans": "该有的都有，只是很少听到你们的消息。",
    }),
    Comment("adoption", 0.3, {
        "en": "Good for the core team; the other departments have not really started yet.",
        "da": "Godt for kerneteamet; de andre afdelinger er ikke rigtig kommet i gang endnu.",
        "zh-hans": "核心团队用得不错，其他部门还没真正开始用。",
    }),
    Comment("support", 0.8, {
        "en": "Your support team is outstanding. Priya stayed on the call until our import worked.",
        "da": "Jeres support er fremragende. Priya blev i røret, indtil vores import virkede.",
        "zh-hans": "你们的客服非常出色，一直陪我们到导入成功为止。",
    }),
    Comment("value", 0.7, {
        "en": "Our month-end close went from nine days to four. The board noticed.",
        "da": "Vores månedsafslutning gik fra ni dage til fire. Bestyrelsen lagde mærke til det.",
        "zh-hans": "我们的月结从九天缩短到四天，董事会都注意到了。",
    }),
    Comment("usability", 0.6, {
        "en": "Planners love the new board; nobody asks for the spreadsheet any more.",
        "da": "Planlæggerne elsker den nye tavle; ingen spørger længere efter regnearket.",
        "zh-hans": "计划员很喜欢新的看板，再也没人要电子表格了。",
    }),
)  # fmt: skip

TICKETS = (
    "Dashboard times out after 60 seconds", "Export drops the filters", "Single sign-on loop after password change",
    "Scheduled report was not delivered", "Import rejects dates from our ERP", "Totals differ between list and chart",
    "User cannot be moved to another workspace", "API returns 429 in the nightly job", "Wrong currency on the summary page",
    "Mobile view hides the approve button", "Webhook delivered twice", "Cannot add a second approver",
)  # fmt: skip
CALLS = (
    ("Monthly check-in", "Went through open points and the plan for next month."),
    ("Adoption review", "Looked at who uses what. Two teams are ready to start."),
    ("Onboarding session", "Set up the first data source together and agreed who owns it."),
    ("Executive business review", "Showed goals and proof. They asked for a roadmap preview."),
    ("Issue follow-up", "Talked through the open ticket and the workaround."),
    ("Renewal preparation", "Discussed seats and term for the next period."),
)
MAILS = (
    ("Notes and next steps", "Thanks for the call. Attached are the notes and who does what."),
    ("New release: what is in it for you", "Three changes that your planners asked for."),
    ("Course for new planners", "Ninety minutes, online, free places on Thursday."),
    ("Numbers for your steering group", "Here is the usage summary you asked for."),
)
ASKS = (
    "Name an executive sponsor", "Send the list of new users", "Confirm the date of the review", "Approve the single sign-on change",
    "Share last year's baseline", "Book the workshop room",
)  # fmt: skip
OUTCOMES = (
    "Close the month in five days instead of nine.", "One forecast that sales and finance both believe.",
    "Cut manual reporting by 60 hours a month.", "Audit-proof approvals in all regions before year-end.",
    "Give plant managers their own numbers every morning.",
)  # fmt: skip
CONTEXTS = (
    "Decided by the finance director after a three-month pilot; IT has a veto on data location.",
    "Bought after an acquisition doubled the number of entities; the old tool could not follow.",
    "Chosen over two competitors because of approvals; price was the last point of discussion.",
    "Group-wide roll-out, decided by the management board; local teams were not asked.",
)
SOURCES = ("Partner", "Referral", "Trade fair", "Search", "Webinar", "Existing customer")
