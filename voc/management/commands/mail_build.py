"""Compile the MJML sources of customer mail into Django templates, with their styles inlined."""

import re
from pathlib import Path
from typing import Any

import css_inline
import mrml
from django.core.management.base import BaseCommand, CommandError, CommandParser

VOC = Path(__file__).resolve().parents[2]
SOURCES, TARGETS = VOC / "mail", VOC / "templates" / "voc" / "mail"
HEAD = "{% load i18n %}"
INCLUDE = re.compile(r"^@include (\w+)$", re.MULTILINE)
# Tags of the template stand in comments, because a parser of HTML moves bare words out of tables.
TAG = re.compile(r"<!--\s*({%.*?%})\s*-->")
# What the sources draw in this colour is drawn in the brand's.
BRAND = re.compile(r"#4a3fd0", re.IGNORECASE)


def compile_mail(source: str) -> str:
    """One template from one source. Media queries stay in the head: mail programs in the dark need them."""
    whole = INCLUDE.sub(lambda found: (SOURCES / f"_{found[1]}.mjml").read_text(), source)
    html = mrml.to_html(whole).content
    inliner = css_inline.CSSInliner(keep_style_tags=True, keep_at_rules=True, load_remote_stylesheets=False)
    template = BRAND.sub("{{ color }}", TAG.sub(r"\1", inliner.inline(html)))
    return f"{HEAD}{template}\n"


class Command(BaseCommand):
    help = "Compile voc/mail/*.mjml into voc/templates/voc/mail/*.html; --check only says whether they are up to date."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        stale = []
        for source in sorted(SOURCES.glob("[!_]*.mjml")):
            target = TARGETS / f"{source.stem}.html"
            html = compile_mail(source.read_text())
            if not target.exists() or target.read_text() != html:
                stale.append(source.name)
                if not options["check"]:
                    target.write_text(html)
        if options["check"] and stale:
            raise CommandError(f"not compiled: {', '.join(stale)}; run manage.py mail_build")
        self.stdout.write(f"{len(stale)} compiled" if stale else "up to date")
