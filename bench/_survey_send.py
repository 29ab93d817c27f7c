"""What `bench.survey_send` runs: the people, the mail server, the senders.

`python -m bench._survey_send STEP` is one sender; it prints one JSON line with its CPU seconds at the end.
"""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
SENDERS = 2
# Contacts of one account, as in a list of business customers.
PER_ACCOUNT = 3
TICKS = os.sysconf("SC_CLK_TCK")


class Sink:
    """aiosmtpd in a process of its own; answers 250 to everything and counts."""

    def __enter__(self) -> "Sink":
        command = [sys.executable, "-m", "bench._survey_send", "sink"]
        self.child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)
        assert self.child.stdout is not None
        self.port = int(self.child.stdout.readline())
        return self

    def __exit__(self, *_error: object) -> None:
        assert self.child.stdin is not None
        assert self.child.stdout is not None
        self.child.stdin.close()
        self.counted: dict[str, int] = json.loads(self.child.stdout.readline())
        self.child.stdout.close()
        self.child.wait()


def serve() -> None:
    """Be the mail server until the standard input ends."""
    from aiosmtpd.controller import Controller  # noqa: PLC0415 - a development package

    names: list[str] = []

    class Handler:
        async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:
            head = envelope.content.split(b"\r\n\r\n", 1)[0]
            names.append(next(line for line in head.split(b"\r\n") if line.lower().startswith(b"message-id:")).decode())
            return "250 stored"

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(Handler(), hostname="127.0.0.1", port=port, ready_timeout=30)
    controller.start()
    print(port, flush=True)
    sys.stdin.read()
    controller.stop()
    print(json.dumps({"mails": len(names), "twice": len(names) - len(set(names))}), flush=True)


def work(step: str) -> None:
    """Be one sender: write what is planned, or hand over what is due, until nothing is left."""
    import django  # noqa: PLC0415 - the settings must be named before

    django.setup()
    from django.db import connection  # noqa: PLC0415

    from outbox.services.sending import drain  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = int(cursor.fetchone()[0])
    # A worker lives for days: what its first mail costs in imports and templates is left out, and so is that mail.
    warm = write_batch() if step == "write" else int(drain(channel="mail", seconds=0))
    begins, backend_begins = time.process_time(), cpu_of(backend)
    if step == "write":
        while write_batch():
            pass
    else:
        while drain(channel="mail"):
            pass
    own, database = time.process_time() - begins, cpu_of(backend) - backend_begins
    print(json.dumps({"own": own, "database": database, "warm": warm}))


def write_batch() -> int:
    """What `send_planned` does with a batch, at any hour: a bench may run on a Sunday, when customers rest."""
    from django.db import transaction  # noqa: PLC0415

    from voc.models import Invitation  # noqa: PLC0415
    from voc.services.invitations.asking import ask_people  # noqa: PLC0415

    with transaction.atomic():
        waiting = Invitation.objects.planned().select_for_update(skip_locked=True, of=("self",))
        one_each: dict[int, Invitation] = {}
        for invitation in waiting.select_related("version__survey", "sent_by").order_by("pk")[:100]:
            one_each.setdefault(invitation.account_id, invitation)
        batch = list(one_each.values())[:25]
        if batch:
            ask_people(batch, is_quiet=False)
    return len(batch)


def cpu_of(pid: int) -> float:
    """CPU seconds of a process so far, of user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def send(step: str, port: int) -> dict[str, float]:
    """Let the senders do one step; seconds on the wall, and the CPU seconds of all of them."""
    environment = {**os.environ, "EMAIL_URL": f"smtp://127.0.0.1:{port}", "DJANGO_SETTINGS_MODULE": "config.settings"}
    command = [sys.executable, "-m", "bench._survey_send", step]
    begins = time.monotonic()
    children = [
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(SENDERS)
    ]
    said = [json.loads(child.communicate()[0].strip().splitlines()[-1]) for child in children]
    return {
        "wall": time.monotonic() - begins,
        "own": sum(one["own"] for one in said),
        "database": sum(one["database"] for one in said),
        "warm": sum(one["warm"] for one in said),
    }


def plan(mails: int) -> None:
    """A published survey and so many people who wait to be asked, three to an account."""
    from django.db import connection  # noqa: PLC0415

    from accounts.models import Account, Contact  # noqa: PLC0415
    from accounts.services.summaries import refresh_summaries  # noqa: PLC0415
    from team.models import User  # noqa: PLC0415
    from voc.services.defaults import ensure_default_survey  # noqa: PLC0415
    from voc.services.invitations.planning import note_people  # noqa: PLC0415

    admin = User.objects.create(email="admin@bench.example", name="Ada Admin", role="admin")
    version = ensure_default_survey(owner=admin)
    accounts = Account.objects.bulk_create(
        [Account(name=f"Customer {number}", csm=admin) for number in range(-(-mails // PER_ACCOUNT))]
    )
    refresh_summaries(account_ids=[account.pk for account in accounts])
    people = [
        Contact(
            account=accounts[number // PER_ACCOUNT],
            name=f"Nora Person {number}",
            email=f"nora{number}@customer{number // PER_ACCOUNT}.example",
            language=("en", "da", "zh")[number % 3],
        )
        for number in range(mails)
    ]
    contacts = Contact.objects.bulk_create(people, batch_size=1000)
    note_people(actor=admin, version=version, contacts=contacts, occasion="bench", is_quiet=False, is_judged=False)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def measure(mails: int) -> None:
    """Plan, write, hand over; print the table and keep the figures."""
    from bench.results import keep, show  # noqa: PLC0415
    from outbox.models import Message, State  # noqa: PLC0415

    plan(mails)
    with Sink() as sink:
        steps = {step: send(step, sink.port) for step in ("write", "send")}
        sent = Message.objects.filter(state=State.SENT).count()
    figures: dict[str, Any] = {
        "mails": mails,
        "sent": sent,
        "arrived": sink.counted["mails"],
        "twice": sink.counted["twice"],
    }
    rows = []
    for name, step in steps.items():
        counted = sent - step["warm"]
        rate, with_database = counted / step["own"], counted / (step["own"] + step["database"])
        figures[name] = {
            "per_second_and_core": round(rate, 1),
            "with_the_database": round(with_database, 1),
            "wall_seconds": round(step["wall"], 1),
            "cpu_seconds": round(step["own"], 1),
            "database_cpu_seconds": round(step["database"], 1),
        }
        rows.append(
            (
                name,
                *(round(value, 1) for value in (rate, with_database, sent / step["wall"], step["own"], step["wall"])),
            )
        )
    keep("survey_send", figures)
    show(["step", "mails/s/core", "with database", "mails/s (wall)", "CPU s", "wall s"], rows)
    print(f"{sent} of {mails} sent, {sink.counted['mails']} arrived, {sink.counted['twice']} twice; {SENDERS} senders")
    if sent != mails or sink.counted != {"mails": mails, "twice": 0}:
        raise SystemExit("not every mail arrived once")


if __name__ == "__main__":
    if sys.argv[1] == "sink":
        serve()
    else:
        work(sys.argv[1])
