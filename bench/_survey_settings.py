"""The product's own settings, with the bare form among its addresses."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "bench._survey_site"
