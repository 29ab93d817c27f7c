"""What a form is filled with."""

from django.http import HttpRequest, QueryDict


def posted(request: HttpRequest) -> QueryDict | None:
    """The submitted values, also when there are none; None when nothing was submitted."""
    return request.POST if request.method == "POST" else None
