"""Words that push an answer in one direction. A question that holds one is shown to its author, who decides."""

import re
from typing import Final

LEADING: Final[dict[str, tuple[str, ...]]] = {
    "en": (
        *("don't you", "do you not", "wouldn't you", "isn't it", "aren't you", "surely", "of course", "obviously"),
        *(
            "clearly",
            "as you know",
            "everyone",
            "most customers",
            "do you agree that",
            "would you agree that",
            "you agree that",
        ),
        *("how great", "how good", "how amazing", "how much do you love", "how much did you love", "how easy was"),
        *("how happy are you", "how helpful was", "amazing", "awesome", "excellent", "fantastic", "outstanding"),
        *("world-class", "award-winning", "best-in-class", "industry-leading", "delight", "enjoy", "love our"),
        *("only a minute of", "friendly team", "our great", "improved so much", "problems do you have", "how bad"),
    ),
    "da": (
        *("synes du ikke", "er du ikke", "vil du ikke", "selvfølgelig", "naturligvis", "som du ved", "alle ved"),
        *("de fleste kunder", "er du enig i", "hvor god", "hvor godt kunne du lide", "hvor nem var", "hvor glad er du"),
        *("hvor hjælpsom", "fantastisk", "fremragende", "enestående", "vidunderlig", "prisvindende", "vores dygtige"),
        *("nyder", "elsker", "hvor dårlig", "hvilke problemer har du"),
    ),
    "zh": (
        *("难道", "是不是很", "不是吗", "对吧", "显然", "当然", "众所周知", "大多数客户", "大家都", "您是否同意"),
        *("有多好", "有多喜欢", "有多满意", "有多容易", "非常优秀", "出色的", "卓越", "一流", "屡获殊荣", "优质的服务"),
        *("享受", "喜爱我们", "有多糟", "您有什么问题"),
    ),
}


def leading_words(text: str, language: str) -> tuple[str, ...]:
    """The words in a text that lead; whole words in alphabets, signs in Chinese."""
    lowered = text.casefold().replace("’", "'")
    return tuple(
        words
        for words in LEADING.get(language, ())
        if (words in lowered if language == "zh" else re.search(rf"(?<!\w){re.escape(words)}(?!\w)", lowered))
    )
