"""The starter mails in Danish and Chinese. They name what they ask for themselves: the step's words may be English."""

from django.db import transaction

from lifecycle.models import MailTemplate

_DA = ("Kære {{ contact.first_name | kunde }},\n\n", "\n\nVenlig hilsen\n{{ author.name }}")
_ZH = ("{{ contact.name | 您好 }}：\n\n", "\n\n此致\n{{ author.name }}")
# slug: language: (subject, text)
WORDS: dict[str, dict[str, tuple[str, str]]] = {
    "welcome": {
        "da": (
            "Jeres start hos os: én dato at aftale",
            "velkommen. For at komme godt i gang har vi brug for en time med dig og dem, der skal arbejde i produktet "
            "først. Vi gennemgår, hvad I vil opnå, hvornår, og hvem der gør hvad.\n\n"
            "Vil du vælge en dato til opstarten?",
        ),
        "zh-hans": (
            "开始使用：请确定一个日期",
            "欢迎。为了有一个好的开始，我们需要与您以及最先使用产品的同事用一个小时，确认目标、时间和分工。\n\n请您选择启动会议的日期。",
        ),
    },
    "first-users": {
        "da": (
            "Hvem begynder i den første uge?",
            "alt er klart hos os. Vil du sende os navnene på de første brugere? Tre personer, der gør arbejdet hver "
            "dag, er den bedste begyndelse.",
        ),
        "zh-hans": (
            "第一周由谁开始？",
            "我们这边已经准备就绪。请您把首批用户的名单发给我们。三位每天做这项工作的同事是最好的开始。",
        ),
    },
    "first-result": {
        "da": (
            "Hvad har ændret sig, siden I begyndte?",
            "I har nu arbejdet med os et stykke tid. Vi vil gerne holde fast i, hvad det har givet: vil du fortælle os "
            "det første resultat i én sætning og ét tal?",
        ),
        "zh-hans": ("开始以来有哪些变化？", "您与我们合作已有一段时间。请您用一句话和一个数字告诉我们最初的成果。"),
    },
    "review-invitation": {
        "da": (
            "Vores gennemgang: jeres mål, jeres tal, næste skridt",
            "to gange om året ser vi på jeres mål sammen med dem, der beslutter. Vi tager tallene med. Vil du vælge en "
            "dato og sige, hvem der beslutter?",
        ),
        "zh-hans": (
            "业务回顾：目标、数据与下一步",
            "我们每年两次与决策者一起回顾目标，并带来数据。请您选择日期，并告知决策者是谁。",
        ),
    },
    "renewal-ahead": {
        "da": (
            "Jeres aftale løber til {{ account.renews_on | udgangen }}",
            "før vi taler om aftalen, vil vi gerne vide, om den gør det, I købte den for. Vil du sige, hvad der skal "
            "være anderledes næste år?",
        ),
        "zh-hans": (
            "您的合同到期日：{{ account.renews_on | 临近 }}",
            "在谈合同之前，我们想知道它是否达到了购买时的期望。请告诉我们明年应有哪些改变。",
        ),
    },
    "keep-in-touch": {
        "da": (
            "Er vi stadig til nytte for jer?",
            "vi har ikke talt sammen længe, og det er vores skyld. Vil du svare med én linje om, hvad der virker, og "
            "hvad der ikke gør? Er en anden den rette nu, er et navn nok.",
        ),
        "zh-hans": (
            "我们对您还有帮助吗？",
            "我们有一段时间没有联系了，这是我们的疏忽。请您用一行字回复：哪些有用，哪些没有。如果现在由别人负责，告诉我们姓名即可。",
        ),
    },
    "second-contact": {
        "da": (
            "Hvem skal ellers vide besked?",
            "når du er væk, hører ingen hos {{ account.name }} fra os. Vil du præsentere os for en kollega, der også "
            "arbejder med det?",
        ),
        "zh-hans": (
            "还有谁需要了解？",
            "您不在时，{{ account.name }} 没有其他人与我们联系。请为我们介绍一位同样使用产品的同事。",
        ),
    },
    "course": {
        "da": (
            "En halv time, der betaler sig",
            "det meste af det, vi bliver spurgt om, besvares i ét kort kursus. Vil du tage det med dit team denne "
            "måned?",
        ),
        "zh-hans": ("值得花的半小时", "大家问我们的大部分问题，一门短课程就能回答。请您本月与团队一起学习。"),
    },
}


@transaction.atomic
def ensure_mail_languages() -> int:
    """Add the languages that starter templates lack; returns how many. Idempotent; what was deleted stays so."""
    known = set(MailTemplate.everything.filter(slug__in=WORDS).values_list("slug", "language"))
    english = {template.slug: template for template in MailTemplate.objects.filter(slug__in=WORDS, language="en")}
    made = MailTemplate.objects.bulk_create(
        MailTemplate(
            slug=slug,
            language=language,
            name=english[slug].name,
            subject=subject,
            body=text.join(_ZH if language == "zh-hans" else _DA),  # greeting, text, close
            wanted_action=english[slug].wanted_action,
            stage_kind=english[slug].stage_kind,
            persona=english[slug].persona,
        )
        for slug, languages in WORDS.items()
        for language, (subject, text) in languages.items()
        if slug in english and (slug, language) not in known
    )
    return len(made)
