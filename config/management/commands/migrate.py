"""Django's `migrate`, with first migrations that make their tables at once."""

from django.core.management.commands import migrate

from config.migrating import TogetherExecutor

migrate.MigrationExecutor = TogetherExecutor  # type: ignore[attr-defined]


class Command(migrate.Command):
    """`manage.py migrate`: as Django's own."""
