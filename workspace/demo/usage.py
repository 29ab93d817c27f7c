"""Usage of the demo world: working weeks, holidays and summer dips, growth and decay per account."""

import datetime as dt

import numpy as np

from workspace.demo.shape import Shape

FEATURES = {
    # name: (label, key feature, core action, share of activity)
    "dashboard_viewed": ("Dashboard viewed", True, False, 0.30),
    "plan_edited": ("Plan edited", True, True, 0.20),
    "forecast_submitted": ("Forecast submitted", True, True, 0.12),
    "approval_given": ("Approval given", True, True, 0.10),
    "report_scheduled": ("Report scheduled", True, False, 0.07),
    "export_run": ("Export run", False, False, 0.08),
    "comment_written": ("Comment written", False, False, 0.06),
    "data_source_connected": ("Data source connected", True, False, 0.03),
    "api_called": ("API called", False, False, 0.04),
}
NAMES = tuple(FEATURES)
SHARES = np.array([spec[3] for spec in FEATURES.values()])


def season(day: dt.date) -> float:
    """How busy a day is against an ordinary Tuesday: weekends, July, the end of December, month-end peaks."""
    busy = (1.0, 1.05, 1.0, 0.97, 0.82, 0.08, 0.06)[day.weekday()]
    if day.month == 7:
        busy *= 0.7
    if day.month == 12 and day.day > 20:
        busy *= 0.35
    if day.day <= 3 or day.day >= 28:
        busy *= 1.25
    return busy


class Season:
    """Days and their business, worked out once for all accounts."""

    def __init__(self, today: dt.date, days: int, step: int) -> None:
        self.days = [today - dt.timedelta(days=offset) for offset in range(days, 0, -step)]
        self.busy = np.array([season(day) if step == 1 else 0.7 for day in self.days])
        self.ages = np.array([(today - day).days for day in self.days], dtype=float)
        self.texts = [day.isoformat() for day in self.days]


def used_features(shape: Shape) -> int:
    """How many features an account uses: breadth follows adoption."""
    return max(1, min(len(NAMES), round(2 + shape.adoption * 7.5)))


def _level(shape: Shape, season_: Season) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """Share of the seats at work on each day."""
    if shape.momentum >= 0:
        trend = np.exp(-shape.momentum * season_.ages / 75.0)
    else:  # holds until ten weeks ago and falls since, down to nearly nothing at momentum -1
        trend = np.exp(shape.momentum * 4.0 * np.clip(70.0 - season_.ages, 0, 70) / 70.0)
    started = season_.ages < max(1, (season_.days[-1] - shape.signed_on).days + 1)
    level: np.ndarray[tuple[int], np.dtype[np.float64]] = shape.adoption * season_.busy * trend * started
    return level


def draw_usage(rng: np.random.Generator, shape: Shape, season_: Season, feature_ids: list[int]) -> list[str]:
    """COPY lines of usage_day (account, feature, day, events, seconds, errors, users)."""
    if shape.adoption <= 0:
        return []
    users = np.minimum(rng.poisson(shape.seats * _level(shape, season_) * 0.55), shape.seats)
    breadth = used_features(shape)
    events = rng.poisson(users[:, None] * 6.0 * SHARES[None, :breadth])
    account = shape.account_id
    lines = []
    for text, active, row in zip(season_.texts, users.tolist(), events.tolist(), strict=True):
        if active:
            for feature, count in zip(feature_ids, row, strict=False):
                if count:
                    lines.append(f"{account}\t{feature}\t{text}\t{count}\t{count * 42}\t0\t{min(active, count)}")
    return lines


def draw_people(rng: np.random.Generator, shape: Shape, season_: Season) -> list[str]:
    """COPY lines of user_day (account, user, day, events); the same people come back, a few change each day.

    The first seats are those of people whom the success team knows: their mail is their key.
    """
    if shape.adoption <= 0:
        return []
    regulars = max(1, round(shape.seats * shape.adoption))
    users = np.minimum(rng.poisson(shape.seats * _level(shape, season_) * 0.55), regulars).tolist()
    account = shape.account_id
    keys = [*shape.user_mails, *(f"u{seat}" for seat in range(len(shape.user_mails), regulars))]
    lines = []
    for index, (text, active) in enumerate(zip(season_.texts, users, strict=True)):
        lines += [
            f"{account}\t{keys[(seat * 7 + index * 3) % regulars]}\t{text}\t6"
            for seat in range(_coprime(active, regulars))
        ]
    return lines


def _coprime(active: int, regulars: int) -> int:
    """How many different users the step of 7 can name: all, unless 7 divides the number of regulars."""
    return min(active, regulars // 7 if regulars % 7 == 0 and regulars >= 7 else regulars)
