"""What browsers download: within its budget, whole, and free of what the policy forbids."""

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.urls import reverse

from ui import icons
from ui.assets import SOURCES, build, css_sources, icon_address, joined_js, js_sources, page_styles, squeeze_css

KB = 1024
CUSTOMER_STYLES = {"pages/shared_plan.css", "pages/sheet.css", "pages/you_said.css"}


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("app.css", 12 * KB),
        ("app.js", 14 * KB),
        ("icons.svg", 5 * KB),
        ("icons-rare.svg", 5 * KB),
        ("survey.css", 3 * KB),
        ("survey.js", 2 * KB),
    ],
)
def test_budgets_hold(name: str, most: int) -> None:
    assert len(gzip.compress(build(name).read_bytes(), 9)) <= most


@pytest.mark.parametrize("name", page_styles())
def test_styles_of_single_pages_are_small_and_stay_in_their_layer(name: str) -> None:
    assert len(gzip.compress(build(name).read_bytes(), 9)) <= 4 * KB
    text = re.sub(r"/\*.*?\*/", "", (SOURCES / name).read_text(), flags=re.DOTALL)
    # What customers see adds to survey.css, which has no layers.
    assert text.strip().startswith("@layer app {") or name in CUSTOMER_STYLES
    assert text.count("{") == text.count("}")


def test_pages_link_only_styles_that_exist_and_each_is_linked() -> None:
    linked: set[str] = set()
    for path in Path(settings.BASE_DIR).glob("*/templates/**/*.html"):
        linked |= set(re.findall(r"{%\s*static\s+[\"'](pages/[^\"']+)", path.read_text()))
    for path in (Path(settings.BASE_DIR) / "templates").rglob("*.html"):
        linked |= set(re.findall(r"{%\s*static\s+[\"'](pages/[^\"']+)", path.read_text()))
    assert linked == set(page_styles())


def test_the_finder_finds_what_is_joined_and_nothing_else() -> None:
    assert finders.find("app.css") == str(build("app.css"))
    assert finders.find("img/mark.svg")
    assert finders.find("pages/settings.css") == str(build("pages/settings.css"))
    assert finders.find("css/00-tokens.css") is None
    assert finders.find("pages/no-such-page.css") is None


def test_a_changed_source_is_joined_again() -> None:
    built = build("app.js")
    before = built.stat().st_mtime_ns
    assert build("app.js").stat().st_mtime_ns == before
    js_sources()[0].touch()
    assert build("app.js").stat().st_mtime_ns > before


def test_squeezing_keeps_the_meaning() -> None:
    assert (
        squeeze_css("/* x */\na  >  b {\n  color : red;\n  margin: 0 auto;\n}\n")
        == "a > b{color : red;margin:0 auto}\n"
    )
    assert "calc(1px + 2px)" in squeeze_css("a { width: calc(1px + 2px); }")


def test_scripts_need_no_eval_and_ask_no_other_host() -> None:
    script = joined_js(js_sources())
    assert not re.search(r"\beval\(|new Function|createScript\b|https?://", script)
    assert "innerHTML =" not in script


def test_every_style_sheet_is_in_a_layer_and_takes_colours_from_tokens() -> None:
    for path in css_sources():
        text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
        assert "@layer" in text, path
        if not path.name.startswith(("00-", "60-")):
            assert not re.search(r"#[0-9a-f]{3,8}\b(?![\w-])", text, re.IGNORECASE), (
                f"{path}: a colour that is no token"
            )


def test_every_icon_that_is_used_is_in_a_sprite() -> None:
    used: set[str] = set()
    root = Path(settings.BASE_DIR)
    for app in ("ui", "outbox", "team", "accounts", "lifecycle", "voc", "engagement", "workspace", "templates"):
        for path in (root / app).rglob("*"):
            if path.suffix == ".html":
                used |= set(re.findall(r"{%\s*icon(?:_button)?\s+[\"']([a-z0-9-]+)", path.read_text()))
                used |= set(re.findall(r"\bicon=[\"']([a-z0-9-]+)", path.read_text()))
    used |= {entry["icon"] for entry in settings.NAVIGATION}
    assert used - set(icons.ICONS) - set(icons.RARE_ICONS) == set()


def test_the_sprites_carry_every_name_once() -> None:
    names = icons.ICONS + icons.RARE_ICONS
    assert len(set(names)) == len(names)
    for carried in icons.SPRITES.values():
        assert re.findall(r'<symbol id="([a-z0-9-]+)"', icons.sprite(carried)) == list(carried)
    assert icon_address(icons.RARE_ICONS[0]).endswith(f"icons-rare.svg#{icons.RARE_ICONS[0]}")
    with pytest.raises(icons.UnknownIcon):
        icon_address("no-such-icon")


def test_every_entry_of_the_sidebar_leads_somewhere() -> None:
    assert [reverse(entry["url"]) for entry in settings.NAVIGATION]
