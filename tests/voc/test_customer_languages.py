"""Everything that a customer can read is there in Danish and in Chinese."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation.template import templatize
from django.utils.translation.trans_real import translation

ROOT = Path(settings.BASE_DIR)
# Answer pages, mails, wishes, kiosk, widget, erasing, thanks, verification, the standing link, the shared plan, decks.
TEMPLATES = (
    *("voc/templates/voc/answers/*.html", "voc/templates/voc/mail/*", "voc/templates/voc/preferences.html"),
    *("voc/templates/voc/verification.html", "voc/templates/voc/feedback/standing.html"),
    *("voc/templates/voc/parts/languages.html", "voc/templates/voc/links/survey_link_sheet.html"),
    *("lifecycle/templates/lifecycle/shared_plans/gone.html", "lifecycle/templates/lifecycle/shared_plans/plan.html"),
    *("lifecycle/templates/lifecycle/shared_plans/sign_off.html",),
    *("lifecycle/templates/lifecycle/shared_plans/languages.html", "templates/survey_base.html"),
)
MODULES = (
    *("voc/views/answers.py", "voc/views/elsewhere.py", "voc/views/preferences.py", "voc/views/public.py"),
    *("voc/views/standing.py", "voc/views/verification.py", "voc/http/answering.py", "voc/http/fields.py"),
    *("voc/http/links.py", "voc/services/footers.py", "voc/services/mails.py"),
    *("lifecycle/views/public_plans.py", "voc/services/loop.py::draft_reply"),
    *("lifecycle/services/shared_plans.py::_make_comment", "lifecycle/services/shared_plans.py::sign_off_goal"),
)
# What these write is read by the team alone.
OURS = {"Signed off by %(name)s", "%(who)s of %(account)s signed off the goal “%(goal)s”"}
MARKED = re.compile(r"""\b(?:n?gettext|_)\(\s*u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""")
MARKS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy"}


def of_templates() -> Iterator[tuple[str, str]]:
    for pattern in TEMPLATES:
        found = sorted(ROOT.glob(pattern))
        assert found, pattern
        for path in found:
            for literal in MARKED.findall(templatize(path.read_text(), origin=str(path))):
                yield path.name, ast.literal_eval(literal)


def of_modules() -> Iterator[tuple[str, str]]:
    for place in MODULES:
        name, _colons, function = place.partition("::")
        tree: ast.AST = ast.parse((ROOT / name).read_text())
        if function:
            named = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == function)
            tree = next(named)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS:
                given = node.args[0]
                if isinstance(given, ast.Constant) and isinstance(given.value, str) and given.value not in OURS:
                    yield place, given.value


@pytest.mark.parametrize("language", ["da", "zh-hans"])
def test_no_word_for_customers_lacks_its_translation(language: str) -> None:
    known = translation(language)._catalog  # type: ignore[attr-defined]
    said = [*of_templates(), *of_modules()]
    assert len(said) > 100
    plurals = {key[0] for key, _words in known.items() if isinstance(key, tuple)}
    missing = sorted({(place, words) for place, words in said if words not in known and words not in plurals})
    assert not missing, "\n".join(f"{place}: {words}" for place, words in missing)
