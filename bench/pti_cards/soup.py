#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""soup.py - reads the same cards with BeautifulSoup: name, club, and the rating by its label.

Usage: soup.py DIR PARSER ROUNDS     PARSER: html.parser or lxml; prints "CARDS SUM SECONDS"
"""
import pathlib
import re
import sys
import time

from bs4 import BeautifulSoup, Comment

LABELS = ("paddle tennis index", "platform tennis index")
NUMBER = re.compile(r"-?[0-9]{1,3}(?:\.[0-9]+)?")
UNSEEN = ("script", "style")


def style(tag):
    return (tag.get("style") or "").lower().translate({32: None, 9: None, 10: None, 13: None})


def text(tag):
    if tag is None:
        return ""
    seen = (s for s in tag.strings if not isinstance(s, Comment) and s.parent.name not in UNSEEN)
    return " ".join("".join(seen).split())


def is_name(tag):
    return tag.name == "div" and "demi" in (tag.get("class") or []) and \
        "font-size:30px" in style(tag)


def is_club(tag):
    return tag.name == "div" and "line-height:7px" in style(tag) and "font-size:14px" in style(tag)


def rating(soup):
    """By the label's neighbour, or by the smallest element that says more than the label."""
    for label in soup.find_all("span"):
        if text(label).lower() not in LABELS or label.find_parent("div", class_="shader"):
            continue
        value = label.find_previous_sibling("span", class_="demi")
        said = text(value)
        around = label
        while not said and around.parent is not None:
            around = around.parent
            if text(around).lower() not in LABELS:
                said = text(around).rsplit(" ", 3)[0]
        if NUMBER.fullmatch(said):
            return round(float(said) * 10)
    return None


def card(page, parser):
    soup = BeautifulSoup(page, parser)
    names = soup.find_all(is_name, limit=2)
    return [text(n) for n in names], text(soup.find(is_club)), rating(soup)


def main():
    folder, parser, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
    pages = [p.read_bytes() for p in sorted(pathlib.Path(folder).glob("*.html"))]
    read = total = 0
    began = time.monotonic()
    for _ in range(rounds):
        for page in pages:
            tenths = card(page, parser)[2]
            if tenths is not None:
                read += 1
                total += tenths
    print(read, total, "%.3f" % (time.monotonic() - began))


if __name__ == "__main__":
    main()
