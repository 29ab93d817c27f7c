"""What a fresh installation starts with: one NPS survey's texts, themes with keywords, routing rules. Plain data."""

from typing import Any, Final

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

DEPARTMENTS: Final = ("sales", "product", "support", "finance", "success", "marketing")
RULES_PER_DEPARTMENT: Final[dict[str, str]] = {
    "sales": "Critics of promises and prices to Sales",
    "product": "Critics of the product to Product",
    "support": "Critics of support to Support",
    "finance": "Critics of invoices to Finance",
    "success": "Critics of education and relations to Success",
    "marketing": "Critics of our reputation to Marketing",
}
# A theme whose critics somebody else can do more about: who sees no value needs Success.
NOT_ITS_CRITICS: Final = frozenset({"value"})
ADVOCACY: Final = ("reputation", "value", "events")
