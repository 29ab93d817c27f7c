"""The queue without its promise, for a negative control: a task whose process is killed counts as done."""

from config.celery import app

app.conf.task_reject_on_worker_lost = False
