# ruff: noqa: E501 - tables of words
"""What a fresh installation starts with: one NPS survey's texts, themes with keywords, routing rules. Plain data."""

from typing import Any, Final

from django.utils.translation import gettext_noop as _

NPS_NAME: Final = "Relationship NPS"
NPS_DEFINITION: Final[dict[str, Any]] = {
    "languages": ["en", "da", "zh"],
    "questions": [
        {
            "id": "nps",
            "type": "nps",
            "text": {
                "en": "How likely are you to recommend us to a colleague?",
                "da": "Hvor sandsynligt er det, at du vil anbefale os til en kollega?",
                "zh": "您有多大可能向同事推荐我们？",
            },
            "low": {"en": "Not at all likely", "da": "Slet ikke sandsynligt", "zh": "完全不可能"},
            "high": {"en": "Extremely likely", "da": "Yderst sandsynligt", "zh": "非常可能"},
        },
        {
            "id": "reason",
            "type": "text",
            "with_previous": True,
            "text": {
                "en": "What is the main reason?",
                "da": "Hvad er den vigtigste grund?",
                "zh": "主要原因是什么？",
            },
        },
    ],
}

# slug: (name, department, keywords by language; stems, so that endings fit)
THEMES: Final[dict[str, tuple[str, str, dict[str, list[str]]]]] = {
    "handover": (_("Handover from sales"), "sales", {
        "en": ["sales promised", "handover", "hand-over", "promised us", "was promised", "project plan", "before signing"],
        "da": ["sælger", "lovede", "overdragelse", "projektplan"],
        "zh": ["销售", "答应", "承诺", "交接", "项目计划"],
    }),
    "expectation": (_("Expectations"), "sales", {
        "en": ["expected", "expectation", "misled", "demo showed", "thought it would"],
        "da": ["forvent", "troede"],
        "zh": ["期望", "预期", "以为"],
    }),
    "pricing": (_("Pricing"), "sales", {
        "en": ["price", "pricing", "expensive", "costly", "cost of", "costs more", "costs too", "licence cost", "license cost", "discount"],
        "da": ["pris", "dyr", "rabat", "koster for", "koster mere", "omkostning"],
        "zh": ["价格", "涨", "贵", "费用", "折扣"],
    }),
    "usability": (_("Ease of use"), "product", {
        "en": ["click", "confusing", "hard to use", "easy to use", "interface", "export", "navigation", "clumsy", "intuitive"],
        "da": ["klik", "forvirrende", "svær at bruge", "nem at bruge", "eksport", "brugerflade", "overskuelig"],
        "zh": ["点", "难用", "好用", "界面", "导出", "操作"],
    }),
    "bugs": (_("Bugs and outages"), "product", {
        "en": ["bug", "crash", "time out", "times out", "timeout", "outage", "error", "broken", "slow", "down again", "freez"],
        "da": ["fejl", "nedbrud", "går i stå", "langsom", "bryder ned", "virker ikke"],
        "zh": ["超时", "崩溃", "故障", "错误", "太慢", "卡", "打不开"],
    }),
    "missing-feature": (_("Missing feature"), "product", {
        "en": ["missing", "feature", "if we could", "could be set", "would be great if", "integration", "lacks", "we need", "roadmap"],
        "da": ["mangler", "funktion", "hvis man kunne", "kunne sættes", "integration"],
        "zh": ["功能", "如果", "希望能", "缺少", "集成", "支持按"],
    }),
    "support": (_("Support"), "support", {
        "en": ["support", "ticket", "helpdesk", "response time", "agent", "answered"],
        "da": ["support", "sag", "svarede", "hjælp"],
        "zh": ["客服", "工单", "回复", "支持团队"],
    }),
    "billing": (_("Invoices"), "finance", {
        "en": ["invoice", "billing", "billed", "payment", "charged", "purchase order"],
        "da": ["faktura", "betaling", "opkræv"],
        "zh": ["发票", "账单", "付款", "收费"],
    }),
    "education": (_("Education"), "success", {
        "en": ["training", "course", "learn", "onboarding", "documentation", "find their way", "tutorial"],
        "da": ["kursus", "oplæring", "lære", "dokumentation", "finde rundt"],
        "zh": ["培训", "课程", "上手", "学习", "文档"],
    }),
    "relationship": (_("Relationship"), "success", {
        "en": ["hear from you", "account manager", "contact person", "csm", "check-in", "nobody calls", "relationship"],
        "da": ["hører", "kontaktperson", "kundeansvarlig"],
        "zh": ["消息", "客户经理", "联系"],
    }),
    "adoption": (_("Adoption"), "success", {
        "en": ["adoption", "roll-out", "rollout", "departments", "not using", "nobody uses", "colleagues"],
        "da": ["afdeling", "udrul", "kommet i gang", "bruger ikke", "kolleger"],
        "zh": ["部门", "推广", "没开始用", "没人用"],
    }),
    "value": (_("Value"), "marketing", {
        "en": ["saved", "faster", "return on", "result", "month-end", "board noticed", "value", "worth"],
        "da": ["sparet", "hurtigere", "resultat", "månedsafslutning", "værdi"],
        "zh": ["节省", "缩短", "效果", "价值", "月结"],
    }),
}  # fmt: skip

DEPARTMENTS: Final = ("sales", "product", "support", "finance", "success")
RULES_PER_DEPARTMENT: Final[dict[str, str]] = {
    "sales": "Critics of promises and prices to Sales",
    "product": "Critics of the product to Product",
    "support": "Critics of support to Support",
    "finance": "Critics of invoices to Finance",
    "success": "Critics of education and relations to Success",
}
