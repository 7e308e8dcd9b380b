#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Says what Python's zoneinfo thinks of a few zones, for t_zone.c to agree with.

Lines: "zone NAME", "at SECONDS OFFSET" (an instant and its offset east of UTC) and
"wall SECONDS INSTANT" (a wall clock, as if UTC, and the instant that shows it first; for a clock
that is skipped, the end of the gap).
"""
import datetime as dt
import random
import zoneinfo

ZONES = [
    "UTC", "America/New_York", "America/Los_Angeles", "America/Sao_Paulo", "America/Nuuk",
    "Australia/Lord_Howe", "Australia/Sydney", "Asia/Kolkata", "Asia/Gaza", "Africa/Casablanca",
    "Pacific/Apia", "Europe/Dublin", "Europe/Lisbon", "Etc/GMT+5", "Asia/Kathmandu",
]
UTC = dt.timezone.utc
EPOCH = dt.datetime(1970, 1, 1)
FROM = int((dt.datetime(1950, 1, 1) - EPOCH).total_seconds())
UNTIL = int((dt.datetime(2100, 1, 1) - EPOCH).total_seconds())


def offset(zone, s):
    at = (EPOCH + dt.timedelta(seconds=s)).replace(tzinfo=UTC).astimezone(zone)
    return int(at.utcoffset().total_seconds())


def first_change(zone, low, high):
    """The first second in (low, high] whose offset is not that at `low`, there being one."""
    before = offset(zone, low)
    while high - low > 1:
        middle = (low + high) // 2
        if offset(zone, middle) == before:
            low = middle
        else:
            high = middle
    return high


def changes(zone):
    step = 4 * 86400
    for s in range(FROM, UNTIL, step):
        if offset(zone, s) != offset(zone, s + step):
            yield first_change(zone, s, s + step)


def instant(zone, wall):
    naive = EPOCH + dt.timedelta(seconds=wall)
    first = wall - int(naive.replace(tzinfo=zone).utcoffset().total_seconds())
    if first + offset(zone, first) == wall:
        return first
    other = wall - int(naive.replace(tzinfo=zone, fold=1).utcoffset().total_seconds())
    return first_change(zone, min(first, other), max(first, other))


def main():
    chance = random.Random(1)
    for name in ZONES:
        zone = zoneinfo.ZoneInfo(name)
        print("zone", name)
        instants = [chance.randrange(FROM, UNTIL) for _ in range(200)]
        for s in changes(zone):
            instants += [s - 1, s, s + 1]
            wall = s + offset(zone, s)
            for near in (-5400, -1800, -1, 0, 900, 1800, 3599, 3600):
                print("wall", wall + near, instant(zone, wall + near))
        for s in instants:
            print("at", s, offset(zone, s))


main()
