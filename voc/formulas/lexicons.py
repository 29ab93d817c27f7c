# ruff: noqa: E501 - tables of words
"""Words of feedback with a weight in -4..4, by language: small on purpose, written for this product, Danish as stems."""

LEXICONS: dict[str, dict[str, float]] = {
    "da": {
        "fremragende": 3.2, "fantastisk": 3.3, "elsker": 3.0, "perfekt": 3.0, "super": 2.6, "god": 1.9, "godt": 1.9,
        "gode": 1.9, "bedst": 2.6, "bedre": 1.4, "glad": 2.2, "tilfreds": 2.2, "nem": 1.6, "let": 1.2, "hurtig": 1.6,
        "hjælpsom": 2.2, "hjælp": 1.0, "venlig": 2.0, "tak": 1.4, "virker": 1.0, "virkede": 1.2, "stabil": 1.6,
        "anbefal": 2.2, "imponer": 2.4, "effektiv": 1.8, "smart": 1.6, "dejlig": 2.0, "flot": 2.0, "rar": 1.4,
        "dårlig": -2.5, "elendig": -3.2, "forfærdelig": -3.2, "ringe": -2.0, "skuff": -2.4, "utilfreds": -2.4,
        "langsom": -1.8, "fejl": -1.8, "problem": -1.7, "mangler": -1.4, "mangel": -1.4, "svær": -1.4, "besvær": -1.8,
        "træls": -2.0, "frustrer": -2.4, "irriter": -2.2, "dyr": -1.4, "steg": -0.6, "virkningsløs": -1.8, "ustabil": -2.0,
        "nedbrud": -2.4, "bryder": -1.6, "går i stå": -2.0, "stå": -0.8, "forkert": -1.8, "forkerte": -1.8, "aldrig": -1.0,
        "ingen": -0.7, "ventet": -1.2, "venter": -1.0, "lovede": -0.6, "opsig": -2.4, "skifte": -1.0, "kompliceret": -1.6,
        "besværlig": -2.0, "ubrugelig": -3.0, "spild": -2.2, "uger": -0.4, "i hånden": -1.0,
    },
    "zh": {
        "非常好": 3.0, "很好": 2.4, "不错": 2.0, "满意": 2.2, "喜欢": 2.2, "出色": 2.8, "优秀": 2.8, "棒": 2.4, "方便": 1.8,
        "简单": 1.4, "快": 1.0, "很快": 1.4, "及时": 1.6, "专业": 1.8, "推荐": 2.0, "感谢": 1.8, "谢谢": 1.6, "稳定": 1.6,
        "有帮助": 1.8, "成功": 1.6, "提高": 1.2, "缩短": 1.0, "好用": 2.0, "强大": 1.8, "完美": 3.0, "高效": 2.0,
        "差": -2.2, "很差": -2.8, "糟糕": -2.8, "失望": -2.6, "不满": -2.2, "慢": -1.6, "太慢": -2.2, "卡": -1.4, "超时": -1.8,
        "错误": -1.8, "错": -1.2, "问题": -1.2, "故障": -2.2, "崩溃": -2.6, "麻烦": -1.8, "复杂": -1.4, "难用": -2.4, "难": -1.0,
        "贵": -1.6, "涨": -0.8, "投诉": -2.2, "没人": -1.2, "不能": -1.0, "无法": -1.4, "缺": -1.2, "等了": -1.2, "浪费": -2.2,
        "手工": -0.8, "总是": -0.6, "根本没有": -2.0, "没用": -2.2, "取消": -1.2, "退款": -1.6, "又一次": -0.8, "才解决": -0.8,
    },
}  # fmt: skip

NEGATIONS: dict[str, frozenset[str]] = {
    "da": frozenset({"ikke", "aldrig", "ingen", "intet", "hverken", "uden", "næppe"}),
    "zh": frozenset({"不", "没", "未", "别", "无"}),
}
