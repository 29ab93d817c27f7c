"""The content security policy on the pages that people and customers see."""

import pytest
from django.test import Client

from team.models import User


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/login/", "/", "/accounts/", "/surveys/", "/s/unknown/", "/v/unknown/", "/nowhere/"])
def test_every_page_forbids_inline_and_foreign_code(path: str, as_csm: Client, csm: User) -> None:
    policy = as_csm.get(path).headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "http" not in policy
    for part in (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ):
        assert part in policy, part
