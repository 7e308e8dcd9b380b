#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Says when cron expressions are true, for t_cron.c to agree with.

Goes through every minute that passes, and every minute of the wall clock, and asks each whether the
expression names it; the zones are Python's.  Lines: "cron ZONE AFTER INSTANT INSTANT INSTANT
EXPRESSION", in seconds since 1970.
"""
import datetime as dt
import random
import zoneinfo

UTC = dt.timezone.utc
MINUTE = dt.timedelta(minutes=1)
# A zone and the days about which its clock did something of note.
PLACES = [
    ("America/New_York", "2026-03-08"), ("America/New_York", "2026-11-01"),
    ("Australia/Lord_Howe", "2026-04-05"), ("Australia/Lord_Howe", "2026-10-04"),
    ("America/Sao_Paulo", "2018-11-04"), ("America/Sao_Paulo", "2018-02-18"),
    ("Africa/Cairo", "2026-04-24"), ("Africa/Cairo", "2026-10-30"),
    ("Pacific/Apia", "2011-12-30"), ("America/St_Johns", "2010-11-07"),
    ("America/St_Johns", "2010-03-14"), ("Europe/Dublin", "2026-10-25"),
    ("Africa/Casablanca", "2026-02-15"), ("Africa/Casablanca", "2026-03-22"),
    ("Asia/Kathmandu", "2026-05-05"), ("America/Nuuk", "2026-03-29"),
    ("Antarctica/Troll", "2026-03-29"), ("Antarctica/Troll", "2026-10-25"),
    ("Pacific/Kwajalein", "1993-08-21"),
]
RANGES = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 6)]


def some_field(chance, low, high, dense):
    kind = chance.random()
    if kind < dense:
        return "*"
    if kind < dense + 0.15:
        return f"*/{chance.randint(1, max(1, high // 2))}"
    if kind < dense + 0.3:
        first = chance.randint(low, high)
        return f"{first}-{chance.randint(first, high)}"
    return ",".join(str(chance.randint(low, high)) for _ in range(chance.randint(1, 3)))


def some_expression(chance):
    dense = [0.1, 0.3, 0.7, 0.95, 0.7]
    return " ".join(some_field(chance, *r, d) for r, d in zip(RANGES, dense))


def values(field, low, high):
    out = set()
    for item in field.split(","):
        span, _, step = item.partition("/")
        first, _, last = span.partition("-")
        if span == "*":
            first, last = low, high
        out |= set(range(int(first), int(last or first) + 1, int(step or 1)))
    return out


class Expression:
    def __init__(self, text):
        field = text.split()
        self.sets = [values(f, *r) for f, r in zip(field, RANGES)]
        self.every_hour = field[1][0] == "*"
        self.either = field[2][0] != "*" and field[4][0] != "*"

    def names(self, wall):
        minute, hour, day, month, weekday = self.sets
        if wall.minute not in minute or wall.hour not in hour or wall.month not in month:
            return False
        days = wall.day in day, wall.isoweekday() % 7 in weekday
        return any(days) if self.either else all(days)


class Window:
    """The minutes of some days, as they pass and as walls show them."""

    def __init__(self, zone, first, days):
        z = zoneinfo.ZoneInfo(zone)
        begin = first.replace(tzinfo=UTC)
        self.passing = []  # (instant, wall)
        first_shown = {}
        for i in range(-1500, days * 1440 + 1500):
            instant = begin + i * MINUTE
            wall = instant.astimezone(z).replace(tzinfo=None, fold=0)
            self.passing.append((instant, wall))
            first_shown.setdefault(wall, instant)
        self.walls = []  # (instant, wall), also those that were skipped
        shown, wall = None, self.passing[0][1]
        for wall_after in sorted(first_shown):
            while wall < wall_after:  # a gap: they all mean its end
                self.walls.append((first_shown[wall_after], wall))
                wall += MINUTE
            self.walls.append((first_shown[wall_after], wall_after))
            wall = wall_after + MINUTE
        self.begin, self.end = begin, begin + days * dt.timedelta(days=1)

    def fires(self, expression):
        minutes = self.passing if expression.every_hour else self.walls
        return sorted({i for i, w in minutes if expression.names(w) and i <= self.end})


def main():
    chance = random.Random(7)
    for zone, day in PLACES:
        window = Window(zone, dt.datetime.fromisoformat(day) - dt.timedelta(days=2), 5)
        for _ in range(12):
            text = some_expression(chance)
            fires = window.fires(Expression(text))
            for _ in range(40):
                after = window.begin + chance.randrange(5 * 1440) * MINUTE
                then = [i for i in fires if i > after][:3]
                if then:
                    seconds = [int(i.timestamp()) for i in [after, *then]]
                    print("cron", zone, *(seconds + [0] * 3)[:4], text)


if __name__ == "__main__":
    main()
