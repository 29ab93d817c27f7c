"""Waves: rounds of a survey to an audience. Written, launched by a person, planned and sent by workers."""

from voc.services.waves.ending import cancel_wave, recall_cancelled, skip_round, stop_series
from voc.services.waves.launching import launch_wave
from voc.services.waves.planning import plan_waves
from voc.services.waves.testing import send_test
from voc.services.waves.writing import WaveRefused, delete_wave, restore_wave, save_wave

__all__ = [
    "WaveRefused",
    "cancel_wave",
    "delete_wave",
    "launch_wave",
    "plan_waves",
    "recall_cancelled",
    "restore_wave",
    "save_wave",
    "send_test",
    "skip_round",
    "stop_series",
]
