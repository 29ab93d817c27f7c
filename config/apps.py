from importlib import import_module

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        """Load the queue with the settings, so that `shared_task` finds it."""
        import_module("config.celery")
