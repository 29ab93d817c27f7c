"""The template lint finds each thing that the policy would drop, and our templates have none."""

from pathlib import Path

import pytest
from django.conf import settings

from ui.template_lint import lint_text, lint_tree


@pytest.mark.parametrize(
    "text",
    [
        '<p style="color:red">',
        "<style>p{}</style>",
        "<script>alert(1)</script>",
        '<button type="button" onclick="go()">',
        '<div hx-on:click="go()">',
        '<div hx-on="click: go()">',
        '<body hx-boost="true">',
        '<a hx-get="/x/" hx-vals=\'js:{a: 1}\' href="/x/">',
        '<a href="javascript:go()">',
        '<div hx-get="/x/" hx-trigger="click[ctrlKey]">',
        '<a hx-get="/x/">x</a>',
        '<button type="button" hx-post="/x/">x</button>',
        '<form hx-post="/x/">',
        '<form hx-delete="/x/" method="post">',
        '<img src="https://cdn.example/x.png">',
        '<link href="//fonts.example/x.css">',
        "<p>These words are not translated</p>",
        "{% url 'x' as save %}{% partialdef dialog %}<form action=\"{{ save }}\">{% endpartialdef %}",
        "<p>\n<b>{{ name }}</b> has not answered yet</p>",
    ],
)
def test_faults_are_found(text: str) -> None:
    assert lint_text(text, Path("x.html")) != []


@pytest.mark.parametrize(
    "text",
    [
        '<a href="/x/" hx-get="/x/">{% translate "These words are translated" %}</a>',
        '<form method="post" action="/x/" hx-post="/x/"><button type="submit">{{ word }}</button></form>',
        "{% blocktranslate %}These words are translated{% endblocktranslate %}",
        '<script src="/app.js" defer></script>',
        "{# style= and onclick= in a comment #}",
        "{% partialdef dialog %}{% url 'x' as save %}{{ save }}{% endpartialdef %}{% url 'y' as save %}{{ save }}",
        '<rect width="{{ share }}%" height="5"/>',
        '<option value="one"{% if a > b %} selected{% endif %}>{{ a }}</option>',
    ],
)
def test_good_markup_passes(text: str) -> None:
    assert lint_text(text, Path("x.html")) == []


def test_faults_name_their_line() -> None:
    (fault,) = lint_text('<p>\n{# a\ncomment #}\n<p style="x">', Path("x.html"))
    assert str(fault).startswith("x.html:4: ")


def test_our_templates_are_clean() -> None:
    assert [str(fault) for fault in lint_tree(Path(settings.BASE_DIR))] == []
