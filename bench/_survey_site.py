"""The product with one more page: the bare form that `bench.survey_answer` compares with."""

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template import engines
from django.urls import path

from config.urls import urlpatterns as product_urls

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Form</title></head><body>
<form method="post">{% csrf_token %}{{ form.as_p }}<button>Send</button></form></body></html>"""


class BareForm(forms.Form):
    """A number and some words."""

    score = forms.IntegerField(min_value=0, max_value=10)
    words = forms.CharField(max_length=5000, required=False)


@login_not_required
def bare(request: HttpRequest) -> HttpResponse:
    """What anybody would write first."""
    form = BareForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with connection.cursor() as cursor:
            values = [form.cleaned_data["score"], form.cleaned_data["words"]]
            cursor.execute("INSERT INTO bench_row (score, words) VALUES (%s, %s)", values)
        return HttpResponseRedirect("/bare/?done=1")
    return HttpResponse(engines["django"].from_string(PAGE).render({"form": form}, request))


urlpatterns = [path("bare/", bare), *product_urls]
