#!/usr/bin/env python3
"""Perennial's command line. `manage.py up` runs the whole stack; everything else is a Django command."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from config.stack import StackError
from config.stack.console import complain
from config.stack.supervisor import main as run_stack


def main() -> int:
    """Runs the command of the command line. A stack that cannot run here is one sentence and exit code 1."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if sys.argv[1:2] == ["up"]:  # before Django: its settings would start servers that this command must own
        return run_stack(sys.argv[2:])
    try:
        execute_from_command_line(sys.argv)
    except (StackError, ImproperlyConfigured) as error:
        complain(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
