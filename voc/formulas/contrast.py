"""Contrast of two colours, as WCAG 2.2 counts it (relative luminance of sRGB)."""

from typing import Final

LEAST_CONTRAST: Final = 4.5
# What stands on a button in the brand's colour.
TEXT_ON_BRAND: Final = "#ffffff"


def channels(color: str) -> tuple[int, int, int]:
    """`#rrggbb` as numbers from 0 to 255."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def luminance(color: str) -> float:
    """0 for black, 1 for white."""
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (channel / 255 for channel in channels(color))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """1 for equal colours, 21 for black on white; the order does not matter."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def readable_shade(color: str, *, on: str = TEXT_ON_BRAND, least: float = LEAST_CONTRAST) -> str:
    """The nearest darker shade of a colour on which the text can be read; the colour itself where that is so."""
    for step in range(101):
        shade = "#" + "".join(f"{round(channel * (100 - step) / 100):02x}" for channel in channels(color))
        if contrast(shade, on) >= least:
            return shade
    return "#000000"
