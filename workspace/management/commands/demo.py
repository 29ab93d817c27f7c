"""`manage.py demo`: make a believable vendor, or list the stories in it."""

import datetime as dt
import time
from argparse import ArgumentParser
from itertools import count
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from accounts.models import Account
from engagement.services.recompute import recompute_everyone
from team.clock import today
from workspace.demo.ages import age_judgements
from workspace.demo.stories import STORIES
from workspace.demo.world import make_world, tidy_up

WEEKS = 12  # of judgements made afterwards, so that sparklines have a line
WITH_HISTORY = 5_000
JUDGED_EACH = 10  # batches between two lines of progress


class Command(BaseCommand):
    help = "Makes a believable vendor with customers, contacts, usage, tickets, surveys and stories."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--accounts", type=int, default=200, help="how many accounts (9 to 100000)")
        parser.add_argument("--seed", type=int, default=7, help="the same seed makes the same world")
        parser.add_argument("--stories", action="store_true", help="list the stories and where to look")
        parser.add_argument("--again", action="store_true", help="make it although accounts exist already")

    def handle(self, *args: Any, accounts: int, seed: int, stories: bool, again: bool, **options: Any) -> None:
        if stories:
            self._list_stories(seed)
            return
        if not len(STORIES) <= accounts <= 100_000:
            raise CommandError(f"--accounts must be between {len(STORIES)} and 100000.")
        if Account.everything.exists() and not again:
            raise CommandError("There are accounts already. Start from an empty database, or add --again to make more.")
        started = time.monotonic()
        with connection.cursor() as cursor:
            # A made-up world that a power cut takes away is made again.
            cursor.execute("SET synchronous_commit TO off")
        make_world(accounts=accounts, seed=seed, say=self._say)
        for week in range(WEEKS if accounts <= WITH_HISTORY else 0, 0, -1):
            recompute_everyone(as_of=today() - dt.timedelta(weeks=week))
        judged = count(1)
        recompute_everyone(report=lambda done: self._say_judged(next(judged), done, accounts))
        age_judgements()
        tidy_up()
        self.stdout.write(f"{accounts} accounts in {time.monotonic() - started:.1f} s")

    def _say(self, done: int, total: int) -> None:
        self.stdout.write(f"  {done} of {total} accounts written")

    def _say_judged(self, batch: int, done: int, total: int) -> None:
        if batch % JUDGED_EACH == 0:
            self.stdout.write(f"  {done} of {total} accounts judged")

    def _list_stories(self, seed: int) -> None:
        found = Account.objects.filter(csm__email="csm@example.com").order_by("pk")[: len(STORIES)]
        if not found:
            raise CommandError("There is no demo world yet. Make one with: manage.py demo --accounts 200 --seed 7")
        for account, story in zip(found, STORIES, strict=False):
            self.stdout.write(f"{story.title}: {account.name} (/accounts/{account.pk}/)\n    {story.look_at}")
