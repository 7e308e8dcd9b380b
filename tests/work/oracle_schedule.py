#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A year of schedules, and which of their slots run when: what t_schedule_year.c must agree with.

Usage: oracle_schedule.py SCHEDULES DAYS SEED

Independent of the program: the expressions are tried against the quarters of an hour that pass and
those that walls show, the zones are Python's, and the random parts (FNV-1a, splitmix64) are written
from their papers.  Prints, in milliseconds since 1970:

  outage FROM UNTIL                     nobody looks from FROM on; somebody does at UNTIL
  schedule NAME|CRON|EVERY|ZONE|OVERLAP|CATCH_UP|WINDOW|JITTER|ANCHOR|BEGIN
  fire SLOT AT                          of the schedule above
  missed N                              of the schedule above, at the end of its fires
  end UNTIL
"""
import bisect
import datetime as dt
import random
import sys
import zoneinfo

UTC = dt.timezone.utc
BEGIN = dt.datetime(2026, 1, 1, tzinfo=UTC)
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
QUARTER = dt.timedelta(minutes=15)
ZONES = [
    "UTC", "America/New_York", "America/Los_Angeles", "America/St_Johns", "Europe/London",
    "Europe/Berlin", "Africa/Cairo", "Africa/Casablanca", "America/Nuuk", "Asia/Kathmandu",
    "Australia/Lord_Howe", "Australia/Sydney", "Pacific/Chatham", "America/Havana", "Asia/Beirut",
]
RANGES = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 6)]
MINUTES = {"20m": 20, "1h": 60, "PT90M": 90, "100m": 100, "7h": 420, "1d": 1440, "36h": 2160,
           "PT50H": 3000, "30d": 43200}
EVERY = ["20m", "1h", "PT90M", "100m"]
ALL = 2**64 - 1


def ms(instant):
    return int(instant.timestamp()) * 1000


# ---- random, by its papers ----

def fnv1a(text):
    h = 0xCBF29CE484222325
    for byte in text.encode():
        h = (h ^ byte) * 0x100000001B3 & ALL
    return h


def splitmix(state):
    z = state + 0x9E3779B97F4A7C15 & ALL
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & ALL
    z = (z ^ z >> 27) * 0x94D049BB133111EB & ALL
    return z ^ z >> 31


# ---- when expressions are true ----

class Calendar:
    """The quarters of an hour of a zone, by the date that walls show: as they pass, and as they are
    meant (skipped ones at the end of their gap, repeated ones the first time)."""

    def __init__(self, zone, days):
        z = zoneinfo.ZoneInfo(zone)
        self.passing, self.meant, first = {}, {}, {}
        at, end = BEGIN - dt.timedelta(days=3), BEGIN + dt.timedelta(days=days + 3)
        while at < end:
            wall = at.astimezone(z).replace(tzinfo=None, fold=0)
            self.passing.setdefault(wall.date(), []).append((wall.hour, wall.minute, ms(at)))
            first.setdefault(wall, ms(at))
            at += QUARTER
        wall, last = min(first), max(first)
        while wall <= last:
            after = wall
            while after not in first:
                after += QUARTER
            self.meant.setdefault(wall.date(), []).append(
                (wall.hour, wall.minute, first[after], after == wall))
            wall += QUARTER


def values(field, low, high):
    out = set()
    for item in field.split(","):
        span, _, step = item.partition("/")
        first, _, last = span.partition("-")
        if span == "*":
            first, last = low, high
        out |= set(range(int(first), int(last or first) + 1, int(step or 1)))
    return out


def cron_slots(text, calendar):
    field = text.split()
    minute, hour, day, month, weekday = (values(f, *r) for f, r in zip(field, RANGES))
    either = field[2][0] != "*" and field[4][0] != "*"
    every_hour = field[1][0] == "*"
    out = set()
    for date, quarters in (calendar.passing if every_hour else calendar.meant).items():
        days = date.day in day, date.isoweekday() % 7 in weekday
        if date.month not in month or not (any(days) if either else all(days)):
            continue
        for h, first, at, *shown in quarters:
            if h in hour:
                # The minutes of a quarter that was skipped all mean the end of the gap.
                out |= {at + (m - first) * MINUTE if shown != [False] else at
                        for m in minute if first <= m < first + 15}
    return sorted(out)


def every_slots(length, anchor, begin, end):
    return list(range(anchor + -(-(begin - anchor) // length) * length, end + 1, length))


# ---- which of them run ----

class Schedule:
    def __init__(self, chance, number, begin, end):
        self.name = f"s{number}:{chance.randrange(10**6)}"
        self.zone, self.cron, self.every, self.length = "", "", "", 0
        self.begin = begin + chance.randrange(0, 30 * DAY, 1000)
        self.anchor = self.begin - chance.randrange(DAY)
        self.overlap = chance.choice(["skip", "queue", "allow"])
        self.catch_up = chance.choice(["one", "one", "all", "none"])
        self.window = chance.choice([0, 0, 0, 10 * MINUTE, 6 * HOUR, 3 * DAY])
        self.jitter = chance.choice([0, 0, 1000, 59_999, 15 * MINUTE])
        if chance.random() < 0.25:
            self.every = chance.choice(["7h", "1d", "36h", "PT50H", "30d", chance.choice(EVERY)])
            self.length = MINUTES[self.every] * MINUTE
        else:
            self.zone = chance.choice(ZONES)
            self.cron = some_expression(chance)
        if self.jitter >= MINUTE and self.cron and any(c in self.cron.split()[0] for c in "*,-"):
            self.jitter = 59_999  # a fire comes before the next slot

    def slots(self, calendars, end):
        found = every_slots(self.length, self.anchor, self.begin, end) if self.every else \
            cron_slots(self.cron, calendars[self.zone])
        return [s for s in found if s > self.begin]

    def due_ms(self, slot):
        if not self.jitter:
            return slot
        return slot + splitmix(fnv1a(self.name) ^ slot) % self.jitter

    def window_ms(self, slot, after):
        if self.catch_up == "none":
            return MINUTE
        if self.window:
            return self.window
        return max(MINUTE, min(DAY, after - slot))

    def fires(self, slots, outages, end):
        """Those that run, by when somebody looks, and how many do not."""
        looks, due = {}, 0
        for i, slot in enumerate(slots):
            due = max(due, self.due_ms(slot))  # slots wait for those before them
            look = look_at(outages, due)
            if look <= end:
                after = slots[i + 1] if i + 1 < len(slots) else slot + DAY
                looks.setdefault(look, []).append((slot, due, self.window_ms(slot, after)))
        fires, missed = [], 0
        for look, group in looks.items():
            most = 1000 if self.catch_up == "all" else 1
            good = 0
            while good < min(most, len(group)):
                _, due, window = group[-1 - good]
                if look - due > window:
                    break
                good += 1
            missed += len(group) - good
            fires += [(slot, look) for slot, _, _ in group[len(group) - good:]]
        return fires, missed


def some_list(chance, low, high, most):
    return ",".join(str(v) for v in sorted({chance.randint(low, high)
                                            for _ in range(chance.randint(1, most))}))


def some_expression(chance):
    minute = chance.choice([some_list(chance, 0, 59, 1), some_list(chance, 0, 59, 3), "0", "30"])
    hour = chance.choice([some_list(chance, 0, 23, 2), some_list(chance, 0, 4, 1), "0", "2",
                          f"*/{chance.randint(2, 12)}", "1-3", "22-23"])
    day = chance.choice(["*"] * 6 + [some_list(chance, 1, 31, 4), "31", "*/7", "1-7"])
    month = chance.choice(["*"] * 6 + [some_list(chance, 1, 12, 5), "3-4", "10-11"])
    weekday = chance.choice(["*"] * 5 + [some_list(chance, 0, 6, 3), "1-5", "0", "*/3"])
    if chance.random() < 0.05:
        hour, minute = "*", chance.choice(["*/15", "0", "5", "45", "59"])
    if "31" in day.split(",")[0] or day.split(",")[0] in ("29", "30"):
        month = "*"  # months that have such a day
    return " ".join([minute, hour, day, month, weekday])


def some_outages(chance, begin, end):
    """Restarts and changes of the leader, mostly short; some as long as a weekend."""
    found = []
    per_year = (end - begin) / (365 * DAY)
    for count, low, high in ((150, 1, 20_000), (40, MINUTE, 3 * HOUR), (6, 5 * HOUR, 4 * DAY)):
        for _ in range(round(count * per_year) + 1):
            first = chance.randrange(begin, end)
            found.append((first, first + chance.randrange(low, high)))
    for change in ("2026-03-08T06:50", "2026-03-29T00:50", "2026-11-01T05:10", "2026-10-03T15:20"):
        first = ms(dt.datetime.fromisoformat(change).replace(tzinfo=UTC))
        if first < end:
            found.append((first, first + 40 * MINUTE))
    merged = []
    for first, until in sorted(found):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(until, merged[-1][1]))
        else:
            merged.append((first, until))
    return merged


def look_at(outages, due):
    i = bisect.bisect_right(outages, (due, 2**62)) - 1
    return outages[i][1] if i >= 0 and due < outages[i][1] else due


def main():
    count, days, seed = (int(a) for a in sys.argv[1:])
    chance = random.Random(seed)
    begin, end = ms(BEGIN), ms(BEGIN) + days * DAY
    outages = some_outages(chance, begin, end)
    calendars = {zone: Calendar(zone, days) for zone in ZONES}
    for first, until in outages:
        print("outage", first, until)
    for number in range(count):
        s = Schedule(chance, number, begin, end)
        print("schedule", "|".join(str(v) for v in (
            s.name, s.cron, s.every, s.zone, s.overlap, s.catch_up, s.window, s.jitter, s.anchor,
            s.begin)))
        fires, missed = s.fires(s.slots(calendars, end + 2 * DAY), outages, end)
        print("\n".join(f"fire {slot} {look}" for slot, look in fires))
        print("missed", missed)
    print("end", end)


main()
