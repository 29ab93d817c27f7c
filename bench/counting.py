"""How many queries a page takes: asked inside the application, in a process of its own per database.

`DATABASE_NAME=... python -m bench.counting MAIL PATH...` prints `{path: queries}` as JSON; `{account}` in a path stands
for the account of the person's book with the most ARR.
"""

import json
import os
import sys


def main() -> None:
    """Log the person in, open each page twice, count the second time."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django  # noqa: PLC0415 - the settings must be named before

    django.setup()
    from django.db import connection  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    from accounts.models import Account  # noqa: PLC0415
    from team.models import User  # noqa: PLC0415

    user = User.objects.get(email=sys.argv[1])
    account = Account.objects.visible_to(user).order_by("-summary__arr", "id").values_list("pk", flat=True).first()
    client = Client()
    client.force_login(user)
    counted: dict[str, int] = {}
    for path in sys.argv[2:]:
        url = path.replace("{account}", str(account))
        client.get(url, headers={"host": "127.0.0.1"})
        with CaptureQueriesContext(connection) as caught:
            answer = client.get(url, headers={"host": "127.0.0.1"})
        if answer.status_code != 200:
            raise SystemExit(f"{url} answered {answer.status_code}")
        counted[path] = len(caught)
    cookie = client.cookies["sessionid"].value
    print(json.dumps({"account": account, "session": cookie, "queries": counted}))


if __name__ == "__main__":
    main()
