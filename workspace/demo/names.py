"""Invented companies and people. Mail addresses end in .example, which can belong to nobody."""

import random
import re
import unicodedata
from dataclasses import dataclass

FIRST_PARTS = [
    "Alder",
    "Amber",
    "Arbor",
    "Ardent",
    "Aspen",
    "Atlas",
    "Auric",
    "Aurora",
    "Axiom",
    "Basalt",
    "Beacon",
    "Birch",
    "Bluefin",
    "Boreal",
    "Bramble",
    "Brightwater",
    "Cadence",
    "Calder",
    "Cascade",
    "Cedar",
    "Cinder",
    "Cobalt",
    "Compass",
    "Copper",
    "Coral",
    "Crescent",
    "Dalton",
    "Delphi",
    "Dovetail",
    "Driftwood",
    "Eastgate",
    "Echo",
    "Elm",
    "Ember",
    "Evergreen",
    "Falcon",
    "Fern",
    "Finch",
    "Firth",
    "Flint",
    "Foxglove",
    "Garnet",
    "Glacier",
    "Granite",
    "Greyfriars",
    "Grove",
    "Halcyon",
    "Harbour",
    "Hawthorn",
    "Hazel",
    "Heron",
    "Highland",
    "Hollow",
    "Horizon",
    "Indigo",
    "Iris",
    "Ironwood",
    "Juniper",
    "Kestrel",
    "Keystone",
    "Lantern",
    "Larch",
    "Linden",
    "Lumen",
    "Magnolia",
    "Mallow",
    "Maple",
    "Meridian",
    "Mill",
    "Mistral",
    "Moorland",
    "Nimbus",
    "Nordic",
    "Northgate",
    "Oakhurst",
    "Obsidian",
    "Onyx",
    "Orchard",
    "Osprey",
    "Otter",
    "Paragon",
    "Pebble",
    "Pine",
    "Pinnacle",
    "Plover",
    "Prairie",
    "Quarry",
    "Quartz",
    "Quill",
    "Ravenna",
    "Redwood",
    "Reef",
    "Ridge",
    "Rowan",
    "Saffron",
    "Sage",
    "Sandpiper",
    "Seabright",
    "Sequoia",
    "Sierra",
    "Silver",
    "Skylark",
    "Slate",
    "Solstice",
    "Sorrel",
    "Spruce",
    "Sterling",
    "Summit",
    "Tamarack",
    "Teal",
    "Thistle",
    "Tidal",
    "Topaz",
    "Umber",
    "Vale",
    "Verdant",
    "Vesper",
    "Walnut",
    "Westbrook",
    "Whitestone",
    "Willow",
    "Windward",
    "Winter",
    "Wren",
    "Yarrow",
    "Zephyr",
]
SECOND_PARTS = {
    "Retail": ["Stores", "Market", "Outfitters", "Home", "Foods"],
    "Logistics": ["Freight", "Logistics", "Lines", "Cargo", "Shipping"],
    "Health": ["Health", "Clinics", "Care", "Biotech", "Pharma"],
    "Finance": ["Bank", "Capital", "Insurance", "Credit", "Pensions"],
    "Manufacturing": ["Works", "Motors", "Tooling", "Plastics", "Steel"],
    "Education": ["Learning", "College", "Academy", "Press", "Institute"],
    "Energy": ["Energy", "Power", "Grid", "Solar", "Water"],
    "Software": ["Systems", "Software", "Labs", "Data", "Cloud"],
}
COUNTRIES = {
    "US": ("en", "America/New_York"),
    "GB": ("en", "Europe/London"),
    "DK": ("da", "Europe/Copenhagen"),
    "DE": ("en", "Europe/Berlin"),
    "SE": ("en", "Europe/Stockholm"),
    "CN": ("zh-hans", "Asia/Shanghai"),
    "SG": ("en", "Asia/Singapore"),
    "AU": ("en", "Australia/Sydney"),
}
COUNTRY_WEIGHTS = (30, 14, 18, 8, 6, 12, 6, 6)
PEOPLE = {
    "en": (
        "Ada Amir Anna Ben Carlos Chloe Daniel Elena Emma Farah Grace Hannah Hugo Ines Isaac Jonas Julia Kai Lara Leo Lucia Maya "
        "Mila Nadia Noah Olivia Omar Priya Ravi Rosa Ruth Sam Sara Theo Tom Vera Yara Zoe",
        "Abbott Ahmed Baker Bennett Castillo Clarke Costa Diaz Edwards Fischer Foster Garcia Gupta Hale Hughes Ivanov Jensen Kaur "
        "Keller Lambert Lee Marsh Mensah Moore Novak Okafor Patel Price Quinn Reyes Rossi Silva Stone Taylor Vance Walsh Weber Young",
    ),
    "da": (
        "Anders Astrid Bjørn Camilla Freja Ida Jens Karen Lærke Mads Mette Mikkel Morten Pernille Rasmus Sofie Søren Thea Ulla Åse",
        "Andersen Bach Christensen Dahl Frederiksen Holm Iversen Jørgensen Kjær Krogh Lund Mortensen Møller Nygaard Olsen Poulsen "
        "Rasmussen Sørensen Thomsen Østergaard",
    ),
    "zh-hans": (
        "伟 芳 娜 敏 静 丽 强 磊 军 洋 勇 艳 杰 涛 明 超 秀兰 霞 平 刚",
        "王 李 张 刘 陈 杨 黄 赵 吴 周 徐 孙 马 朱 胡 林 郭 何 高 罗",
    ),
}
PINYIN = {
    "伟": "wei", "芳": "fang", "娜": "na", "敏": "min", "静": "jing", "丽": "li", "强": "qiang", "磊": "lei", "军": "jun",
    "洋": "yang", "勇": "yong", "艳": "yan", "杰": "jie", "涛": "tao", "明": "ming", "超": "chao", "秀兰": "xiulan",
    "霞": "xia", "平": "ping", "刚": "gang", "王": "wang", "李": "li", "张": "zhang", "刘": "liu", "陈": "chen",
    "杨": "yang", "黄": "huang", "赵": "zhao", "吴": "wu", "周": "zhou", "徐": "xu", "孙": "sun", "马": "ma",
    "朱": "zhu", "胡": "hu", "林": "lin", "郭": "guo", "何": "he", "高": "gao", "罗": "luo",
}  # fmt: skip
TITLES = {
    "champion": ["Head of Operations", "Operations Manager", "Product Owner", "Head of Analytics"],
    "executive": [
        "Chief Operating Officer",
        "Chief Financial Officer",
        "Managing Director",
        "Chief Information Officer",
    ],
    "decision_maker": ["Director of Finance", "Head of Procurement", "IT Director"],
    "user": ["Analyst", "Planner", "Coordinator", "Team Lead", "Controller"],
    "influencer": ["Solution Architect", "Data Engineer", "Business Partner"],
    "detractor": ["IT Security Officer", "Senior Controller"],
}
_LATIN = str.maketrans({"ø": "oe", "æ": "ae", "å": "aa", "Ø": "Oe", "Æ": "Ae", "Å": "Aa"})


@dataclass(frozen=True)
class Company:
    name: str
    industry: str
    country: str
    language: str
    time_zone: str
    domain: str


def slug_of(text: str) -> str:
    """A latin slug: letters and digits only, Danish letters written out."""
    plain = unicodedata.normalize("NFKD", text.translate(_LATIN)).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def make_company(rng: random.Random, number: int) -> Company:
    """The company with this number; numbers past the stock of names get a counter, so that names stay unique."""
    industry = rng.choice(list(SECOND_PARTS))
    first = FIRST_PARTS[(number * 37) % len(FIRST_PARTS)]
    rounds, second = number // len(FIRST_PARTS), SECOND_PARTS[industry]
    name = f"{first} {second[rounds % len(second)]}"
    if rounds >= len(second):
        name = f"{name} {rounds - len(second) + 2}"
    country = rng.choices(list(COUNTRIES), COUNTRY_WEIGHTS)[0]
    language, zone = COUNTRIES[country]
    return Company(name, industry, country, language, zone, f"{slug_of(name)}-{number}.example")


def make_person(rng: random.Random, language: str) -> tuple[str, str]:
    """A name as it is written there, and the part of a mail address before the @."""
    first_names, last_names = (part.split() for part in PEOPLE[language])
    first, last = rng.choice(first_names), rng.choice(last_names)
    if language == "zh-hans":
        return last + first, f"{PINYIN[first]}.{PINYIN[last]}"
    return f"{first} {last}", f"{slug_of(first)}.{slug_of(last)}"
