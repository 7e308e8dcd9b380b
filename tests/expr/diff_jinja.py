#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""diff_jinja.py - the same templates through Jinja2's sandbox and through ours; texts must agree.

usage: diff_jinja.py EXPR_EVAL [COUNT [SEED]]

A list of cases written by hand, then COUNT that a grammar makes from SEED. Exits 77 (skipped)
without python3-jinja2.

Agreement is: the same text; or both refuse. An UndefinedError of Jinja is our empty text. Two things
are no differences: that we stop at a limit (ERR_LIMIT), and that a method nobody has is refused at
load, where Jinja finds it undefined when it gets there. tojson yields plain text on both sides: with
Jinja's Markup, that text would escape what is added to it as HTML.
"""
import json
import random
import subprocess
import sys

try:
    import jinja2
    from jinja2.sandbox import SandboxedEnvironment
except ImportError:
    print("python3-jinja2 is not installed")
    sys.exit(77)

VARS = {
    "a": 7, "b": -3, "f": 2.5, "g": -0.1, "z": 0, "t": True, "n": None,
    "s": "Hello World", "e": "", "u": "Ünïcödé straße 日本", "d": "12", "q": "it's",
    "l": [3, 1, 2], "m": ["b", "A", "c", "a"], "el": [], "mix": [1, "x", None, 2.5, [1, 2]],
    "o": {"k": "v", "x": {"y": [10, 20, {"z": "deep"}]}, "n": None, "two words": 2},
    "eo": {},
    "rows": [{"id": 2, "name": "Bo", "on": True}, {"id": 1, "name": "al", "on": False},
             {"id": 3, "name": "Cy", "on": True}],
    "big": 9007199254740993,
}

HAND = r"""
{{ 1 + 2 * 3 - 4 / 2 }}
{{ 7 // 2 }} {{ -7 // 2 }} {{ 7 // -2 }} {{ -7 % 3 }} {{ 7 % -3 }} {{ 7.5 % -2 }} {{ -7.5 // 2 }}
{{ 2 ** 10 }} {{ 2 ** -1 }} {{ 2 ** 3 ** 2 }} {{ -2 ** 2 }} {{ 2 ** 0.5 }} {{ 2 ** 100 }}
{{ 1 / 3 }} {{ 10 / 5 }} {{ 1e16 }} {{ 1e15 }} {{ 1.0e-4 }} {{ 1.0e-5 }} {{ 123456789.123456789 }}
{{ 0.1 + 0.2 }} {{ 1e300 * 1e10 }} {{ 3.0 }} {{ 1.5e3 }}
{{ 10 ** 20 }} {{ 9223372036854775807 + 1 }} {{ -9223372036854775808 - 1 }}
{{ 0x1F }} {{ 0b101 }} {{ 0o17 }} {{ 1_000 }}
{{ big + 1 }} {{ big / 2 }} {{ big == 9007199254740992.0 }} {{ big > 9007199254740992.0 }}
{{ true + 1 }} {{ -true }} {{ true == 1 }} {{ 1 == 1.0 }} {{ '1' == 1 }}
{{ 1 / 0 }}
{{ 1 % 0 }}
{{ 1.0 // 0 }}
{{ 'a' + 1 }}
{{ 1 + 'a' }}
{{ n + 1 }}
{{ 'a' * 3 }} {{ 3 * 'ab' }} {{ 'a' * -1 }} {{ [1] * 2 }} {{ (1, 2) * 2 }}
{{ [1] + [2] }} {{ (1,) + (2,) }} {{ [1] + (2,) }}
{{ 'a' ~ 1 ~ none ~ true ~ 1.0 ~ [1] }}
{{ 1 ~ 2 + 3 }}
{{ 1 < 2 < 3 }} {{ 1 < 3 < 2 }} {{ 3 > 2 >= 2 != 1 }} {{ 1 == 1 in [1, true] }}
{{ 'a' < 'b' }} {{ [1, 2] < [1, 3] }} {{ (1, 2) < (1, 2, 0) }} {{ 'Z' < 'a' }}
{{ 1 < 'a' }}
{{ none < 1 }}
{{ 'a' in 'abc' }} {{ 1 in l }} {{ 'k' in o }} {{ 'z' not in o }} {{ 'x' in mix }} {{ none in mix }}
{{ 1 in 'abc' }}
{{ 1 in 5 }}
{{ not a }} {{ not z }} {{ not not e }} {{ a and z }} {{ z or e }} {{ n or 'x' }} {{ e or z or [] }}
{{ a and b or f }} {{ (a or b) and f }} {{ not a == 7 }} {{ not (a == 7) }}
{{ 'yes' if a else 'no' }} {{ 'yes' if z }} {{ 1 if z else 2 if e else 3 }}
{{ a if a > 1 else b if b else f }}
{{ - a }} {{ + a }} {{ --a }} {{ -a ** 2 }} {{ 5 - -a }} {{ -f }}
{{ o.k }} {{ o['k'] }} {{ o.x.y[0] }} {{ o.x.y.1 }} {{ o.x.y[2].z }} {{ o['x']['y'][-1]['z'] }}
{{ o.missing }}|{{ o['missing'] }}|{{ l[99] }}|{{ s.nothing }}|{{ a.nothing }}|{{ n.nothing }}
{{ o.missing.more }}
{{ o.missing['more'] }}
{{ o.missing + 1 }}
{{ o.missing() }}
{{ o.missing ~ 'x' }} {{ o.missing == o.other }} {{ o.missing == none }} {{ o.missing | length }}
{{ o.missing < 1 }}
{{ -o.missing }}
{{ 1 in o.missing }}
{{ o['two words'] }} {{ o[1] }} {{ l['a'] }} {{ s[0] }} {{ s[-1] }} {{ u[1] }} {{ l[true] }}
{{ s[1:4] }} {{ s[:3] }} {{ s[-3:] }} {{ s[::-1] }} {{ s[::2] }} {{ s[8:2:-2] }} {{ u[1:5] }} {{ u[::-1] }}
{{ l[1:] }} {{ l[:-1] }} {{ l[::-1] }} {{ l[5:] }} {{ l[-99:99] }} {{ (1,2,3)[1:] }} {{ s[3:1] }}
{{ l[::0] }}
{{ o[1:2] }}
{{ [] }} {{ {} }} {{ () }} {{ (1,) }} {{ 1, 2 }} {{ (1) }} {{ [1, 'a', none, true, 1.5, [], {}] }}
{{ {'a': 1, 'b': [2, 'c'], 'a': 3} }}
{{ ["it's", 'say "x"', 'both \' and "', 'back\\slash', 'tab\tnew\n', 'ünï', 'nul\x00', '\u200b'] }}
{{ 'a' 'b' "c" }} {{ 'x\x41\u00e9\101\q' }} {{ "d'q" }} {{ 'a\
b' }}
{{ mix }} {{ o }} {{ rows }}
{{ u }} {{ [u] }} {{ u|length }} {{ u|upper }} {{ u|lower }} {{ u|title }} {{ u.title() }} {{ u|capitalize }}
{{ s|upper }} {{ s|lower }} {{ s|title }} {{ s|capitalize }} {{ s|trim }} {{ '  x '|trim }}| {{ 'xxaxx'|trim('x') }}
{{ 'foo-bar(baz) [q] {w} <e> it\'s'|title }} {{ "it's a dOG's life x2y".title() }}
{{ 12|upper }} {{ none|lower }} {{ true|title }} {{ 1.5|trim }} {{ [1]|upper }}
{{ s|length }} {{ l|count }} {{ o|length }} {{ e|length }}
{{ a|length }}
{{ l|first }} {{ l|last }} {{ s|first }} {{ s|last }} {{ el|first }}| {{ el|last }}| {{ o|first }} {{ o|last }}
{{ l|join }} {{ l|join(', ') }} {{ rows|join('-', attribute='name') }} {{ s|join('.') }} {{ o|join(',') }} {{ mix|join('|') }}
{{ l|sort }} {{ l|sort(reverse=true) }} {{ m|sort }} {{ m|sort(case_sensitive=true) }} {{ rows|sort(attribute='id')|map(attribute='name')|join(',') }}
{{ rows|sort(attribute='name')|map(attribute='id')|list }} {{ rows|sort(true, false, 'name')|map(attribute='id')|list }}
{{ mix|sort }}
{{ l|reverse|list }} {{ s|reverse }} {{ el|reverse|list }} {{ o|reverse|list }}
{{ l|sum }} {{ el|sum }} {{ rows|sum(attribute='id') }} {{ l|sum(start=10) }} {{ [1.5, 2]|sum }} {{ [[1],[2]]|sum(start=[]) }}
{{ m|sum }}
{{ l|max }} {{ l|min }} {{ m|max }} {{ m|min }} {{ m|min(case_sensitive=true) }} {{ el|max }}| {{ (rows|max(attribute='id')).name }}
{{ m|unique|list }} {{ [1, 1.0, true, 2, 'a', 'A']|unique|list }} {{ m|unique(true)|list }}
{{ o|items|list }} {{ o.items()|list }} {{ o.keys()|list }} {{ o.values()|list }} {{ o.missing|items|list }}
{{ o.items() }} {{ o.keys() }} {{ o.values() }} {{ eo.items() }} {{ o.keys()|first }} {{ 'k' in o.keys() }}
{{ o|dictsort }} {{ {'b': 1, 'A': 2, 'c': 0}|dictsort }} {{ {'b': 1, 'A': 2}|dictsort(true) }} {{ {'b': 1, 'A': 2}|dictsort(false, 'value') }} {{ {'b': 1, 'A': 2}|dictsort(reverse=true) }}
{{ rows|map(attribute='name')|list }} {{ m|map('upper')|list }} {{ m|map('replace', 'a', 'x')|list }} {{ rows|map(attribute='q', default='-')|list }}
{{ l|select('odd')|list }} {{ l|select('gt', 1)|list }} {{ l|reject('==', 2)|list }} {{ mix|select('string')|list }} {{ [0, 1, '', 'a']|select|list }} {{ [0, 1, '', 'a']|reject|list }}
{{ rows|selectattr('on')|map(attribute='id')|list }} {{ rows|rejectattr('on')|map(attribute='id')|list }} {{ rows|selectattr('id', 'in', [1, 3])|map(attribute='id')|list }} {{ rows|selectattr('name', 'equalto', 'Bo')|list|length }}
{{ rows|selectattr('nope', 'defined')|list }} {{ rows|selectattr('nope', 'undefined')|list|length }}
{{ -5|abs }} {{ b|abs }} {{ g|abs }} {{ true|abs }}
{{ '5'|abs }}
{{ 2.5|round }} {{ 3.5|round }} {{ -2.5|round }} {{ 2.675|round(2) }} {{ 1.2345|round(3) }} {{ 42.55|round }} {{ 42|round }} {{ 1234|round(-2) }} {{ 1250|round(-2) }} {{ 1350|round(-2) }}
{{ 42.1|round(method='ceil') }} {{ 42.9|round(method='floor') }} {{ 42.123|round(2, 'ceil') }} {{ 42|round(method='floor') }} {{ -1.5|round(0, 'floor') }}
{{ '5'|round }}
{{ '42'|int }} {{ '42.7'|int }} {{ 'x'|int }} {{ 'x'|int(9) }} {{ 3.9|int }} {{ -3.9|int }} {{ true|int }} {{ none|int }} {{ '0x1f'|int(base=16) }} {{ '1f'|int(0, 16) }} {{ ' 5 '|int }} {{ '1_0'|int }} {{ '1e3'|int }} {{ ''|int }} {{ [1]|int }}
{{ '4.5'|float }} {{ 'x'|float }} {{ 'x'|float(1.5) }} {{ 3|float }} {{ none|float }} {{ 'inf'|float }} {{ '1e3'|float }} {{ ' 2 '|float }}
{{ missing_is.x }}
{{ o.nope|default('d') }} {{ n|default('d') }} {{ n|default('d', true) }} {{ e|d('x', boolean=true) }} {{ o.nope|default }}| {{ z|default(5) }}
{{ s|replace('o', '0') }} {{ s|replace('o', '0', 1) }} {{ s|replace('', '-') }} {{ 12|replace(1, 3) }} {{ 'aaa'|replace('a', 'b', 2) }} {{ 'aXbX'|replace('X', '') }}
{{ s|string }} {{ a|string + 'x' }} {{ [1]|string }}
{{ l|list }} {{ s|list }} {{ o|list }} {{ none|list }}
{{ o|tojson }} {{ u|tojson }} {{ "<a href='x'>&"|tojson }} {{ [1, 1.5, true, none]|tojson }} {{ rows|tojson }} {{ 'a\n"\\'|tojson }}
{{ 'a b&c/d?é'|urlencode }} {{ {'a': 'x y', 'b': '/é'}|urlencode }} {{ 12|urlencode }} {{ [('a', 1), ('b', 2)]|urlencode }}
{{ '%s and %d' % ('x', 5) }} {{ '%05d|%-5s|%5s|%+d' % (42, 'a', 'b', 7) }} {{ '%.2f %e %g %G' % (3.14159, 12345.678, 0.0001, 1e20) }} {{ '%x %X %o %#x' % (255, 255, 8, 255) }} {{ '%r %%' % 'q' }} {{ '%(a)s-%(b)d' % {'a': 1, 'b': 2} }} {{ '%s' % [1] }} {{ '%5.1f|%-8.3f|' % (1.25, 2.5) }} {{ '%d' % 3.9 }}
{{ '%d' % 'x' }}
{{ '%s %s' % 'x' }}
{{ '%s' % (1, 2) }}
{{ 'no' % (1,) }}
{{ "%s %s"|format(1, 'a') }} {{ '%.1f'|format(2.25) }}
{{ '{} {}'.format(1, 'a') }} {{ '{1}{0}'.format('a', 'b') }} {{ '{:>5}|{:<5}|{:^5}|{:*^7}'.format('a', 'b', 'c', 'd') }} {{ '{:05d} {:.2f} {:,} {:x} {:+d} {:%}'.format(42, 3.14159, 1234567, 255, 5, 0.25) }} {{ '{{}} {}'.format(1) }} {{ '{:5}|{:5}'.format(1, 'a') }}
{{ '{}'.format() }}
{{ s.lower() }} {{ s.upper() }} {{ '  a '.strip() }}| {{ 'xax'.strip('x') }} {{ '  a '.lstrip() }}| {{ '  a '.rstrip() }}| {{ 'abcab'.lstrip('ab') }} {{ 'abcab'.rstrip('ab') }}
{{ s.split() }} {{ s.split('o') }} {{ s.split('o', 1) }} {{ ' a  b '.split() }} {{ ' a  b '.split(' ') }} {{ 'a,b,c'.rsplit(',', 1) }} {{ ' a b  c '.split(None, 1) }} {{ ' a b  c '.rsplit(none, 1) }} {{ ''.split() }} {{ ''.split(',') }} {{ 'a,b'.split(sep=',', maxsplit=1) }} {{ 'a b c'.rsplit() }}
{{ s.split('') }}
{{ s.replace('l', 'L') }} {{ s.replace('l', 'L', 1) }} {{ s.startswith('He') }} {{ s.endswith(('x', 'd')) }} {{ s.startswith('x') }} {{ s.find('o') }} {{ s.find('zz') }} {{ s.rfind('o') }} {{ u.find('d') }} {{ s.count('l') }} {{ s.count('') }} {{ s.index('W') }}
{{ s.index('zz') }}
{{ ','.join(['a', 'b']) }} {{ ''.join(m) }} {{ '-'.join(s) }} {{ ','.join(o) }} {{ ','.join([]) }}
{{ ','.join([1]) }}
{{ s.title() }} {{ s.capitalize() }} {{ '42'.zfill(5) }} {{ '-42'.zfill(5) }} {{ 'abcdef'.zfill(3) }} {{ '12'.isdigit() }} {{ 'a1'.isdigit() }} {{ ''.isdigit() }} {{ 'ab'.isalpha() }} {{ 'a1'.isalnum() }} {{ '12'.isnumeric() }} {{ 'ab'.islower() }} {{ 'AB1'.isupper() }} {{ ' '.isspace() }} {{ 'prefix-x'.removeprefix('prefix-') }} {{ 'x.csv'.removesuffix('.csv') }}
{{ o.get('k') }} {{ o.get('nope') }} {{ o.get('nope', 5) }} {{ o.get('x').get('y') }} {{ l.index(1) }} {{ l.count(1) }} {{ [1, true, 1.0].count(1) }}
{{ l.index(99) }}
{{ a is defined }} {{ o.nope is defined }} {{ o.nope is undefined }} {{ a is not defined }} {{ n is none }} {{ a is not none }} {{ n is defined }}
{{ s is string }} {{ a is string }} {{ a is number }} {{ t is number }} {{ f is number }} {{ a is integer }} {{ t is integer }} {{ f is float }} {{ a is float }} {{ t is boolean }} {{ a is boolean }}
{{ o is mapping }} {{ l is mapping }} {{ l is iterable }} {{ a is iterable }} {{ s is sequence }} {{ l is sequence }} {{ o is sequence }} {{ o.nope is iterable }} {{ o.nope is sequence }} {{ o.keys() is sequence }}
{{ a is even }} {{ a is odd }} {{ a is divisibleby(7) }} {{ a is divisibleby 3 }} {{ a is in([7]) }} {{ a is eq 7 }} {{ a is ne(7) }} {{ a is lt 8 }} {{ a is le(7) }} {{ a is gt 8 }} {{ a is ge 8 }} {{ a is equalto 7 }} {{ a is greaterthan 3 }} {{ a is lessthan(3) }}
{{ t is true }} {{ z is false }} {{ false is false }} {{ 1 is true }} {{ 'ab' is lower }} {{ 'AB' is upper }} {{ 'aB' is lower }} {{ '1' is lower }}
{{ a is defined and s is string }} {{ 1 if o.nope is defined else 2 }} {{ not a is defined }} {{ a is not in [1, 2] }} {{ a is defined or z }}
{{ -1 | abs }} {{ 1 + 2 | abs }} {{ 'a' ~ 'b' | upper }} {{ a | string | length }} {{ (a + 1) | string }} {{ -3 is odd }} {{ 2 ** 2 | int }}
{{ o.x.y | length + 1 }} {{ o.x.y|length > 2 and 1 }} {{ 'a,b'.split(',')|first|upper }} {{ 'a,b'.split(',')[1] }} {{ [1,2,3][1:]|sum }} {{ {'a': {'b': 1}}.a.b }}
{% if a > 5 %}big{% else %}small{% endif %}
{% if z %}1{% elif e %}2{% elif a %}3{% else %}4{% endif %}
{% if a %}{% if z %}x{% else %}{{ s }}{% endif %}{% endif %}!
{% set x = 5 %}{{ x + 1 }}{% set x = x * 2 %}{{ x }}
{% set y = 0 %}{% if z %}{% set y = 1 %}{% endif %}[{{ y }}]
{% set a = a + 1 %}{{ a }}
{% if z %}{% set a = 'hidden' %}{% endif %}{{ a }}
{% set x = 1, 2 %}{{ x }}
a  {{- 1 -}}  b  {%- if a -%}  c  {%- endif -%}  d
a {# comment #} b {#- tight -#} c
  {%+ if a %} x {%+ endif %} y
{{ {'a': {'b': 1}} }}{{ {} }}
text with { and } and {a} and %}
{{ '}}' }} {{ "{{" }} {{ '%}' }}
line
{{ a }}
{% if a %}
x
{% endif %}
end
{{
  a
}}
{{ "multi
line" }}
{{ a b }}
{{ }}
{{ a + }}
{{ (a }}
{{ a
{% if a %}
{% endif %}
{{ nosuch }}
{{ a|nosuch }}
{{ a is nosuch }}
{{ 'a' is 5 }}
{{ 007 }}
{{ 1.e5 }}
{{ a|replace }}
{{ range(3) }}
{{ mix[4][1] }} {{ mix[2] }} {{ mix[-1][-1] }} {{ o.x.y[5].z }}
{{ [1, 2] == [1.0, 2] }} {{ (1, 2) == [1, 2] }} {{ {'a': 1} == {'a': 1.0} }} {{ {'a': 1, 'b': 2} == {'b': 2, 'a': 1} }} {{ none == false }} {{ '' == none }} {{ [] == () }}
{{ 1.0 is integer }} {{ 10 // 3.0 }} {{ 10 % 3.5 }} {{ 0.0 == -0.0 }} {{ -0.0 }} {{ 5 // 0.3 }} {{ -5 // 0.3 }} {{ 5 % -0.3 }}
{{ 1 if a else 2 , 3 }}
{{ a , }}
{{ o.items()|list|length }} {{ o.values()|list|first }} {{ o.items()|first|last }}
{{ [o.nope, 1] }} {{ [none, true]|join('-') }} {{ [o.nope]|join('-') }}|
{{ 'abc'|first|upper ~ 'abc'[1:] }} {{ s[s|length - 1] }} {{ l[l|length - 1] }} {{ o['x'].y[0] + l[0] * 2 }}
{{ 5 ** 20 }} {{ 3 ** 40 }} {{ 123456789 * 987654321 * 1000 }} {{ (2 ** 80) // 3 }} {{ (2 ** 80) % 1000 }} {{ -(2 ** 80) }} {{ (2 ** 80) / 2 }} {{ 2 ** 80 > 1e24 }} {{ 2 ** 64 == 18446744073709551616 }}
{{ 'ß'.upper() }} {{ 'ÀÉÎ'.lower() }} {{ 'žluťoučký'|upper }} {{ 'ПРИВЕТ'.lower() }} {{ 'ελλάδα'|upper }} {{ 'i'.upper() }} {{ 'ÿ'|upper }}
""".strip("\n")


def hand_cases():
    """One template a line; a line that opens what it does not close takes the next lines in."""
    cases, held = [], ""
    for line in HAND.split("\n"):
        held = held + "\n" + line if held else line
        if held.count('"') % 2 and '\n' not in held and '"multi' in held:
            continue
        if held.endswith("\\") or held == "{{" or (held.startswith("{{\n") and "}}" not in held):
            continue
        if held.startswith("line") and not held.endswith("end"):
            continue
        cases.append(held)
        held = ""
    return cases


class Maker:
    """Makes templates by a grammar; most make sense, some are type errors."""

    def __init__(self, seed):
        self.r = random.Random(seed)

    def number(self, depth):
        r = self.r
        pick = r.randrange(12 if depth > 0 else 5)
        if pick == 0:
            return str(r.choice([0, 1, 2, 3, 7, 10, 42, 1000, 99999999999]))
        if pick == 1:
            return r.choice(["1.5", "0.25", "2.0", "1e3", "3.14"])
        if pick <= 4:
            return r.choice(["a", "b", "f", "g", "z", "l[0]", "o.x.y[1]", "rows[0].id"])
        if pick <= 8:
            op = r.choice(["+", "-", "*", "/", "//", "%", "+", "-", "*"])
            return "(%s %s %s)" % (self.number(depth - 1), op, self.number(depth - 1))
        if pick == 9:
            return "(-%s)" % self.number(depth - 1)
        if pick == 10:
            return "(%s)|%s" % (self.number(depth - 1), r.choice(["abs", "int", "float", "round", "round(1)"]))
        return "(%s|length)" % r.choice([self.text(depth - 1), self.list(depth - 1)])

    def text(self, depth):
        r = self.r
        pick = r.randrange(14 if depth > 0 else 4)
        if pick <= 1:
            return r.choice(["'abc'", "''", "'a b'", '"it\'s"', "'é'", "'x,y,z'", "'12'"])
        if pick <= 3:
            return r.choice(["s", "e", "u", "d", "q", "o.k", "rows[1].name", "m[0]"])
        if pick == 4:
            return "(%s ~ %s)" % (self.any(depth - 1), self.any(depth - 1))
        if pick == 5:
            return "(%s + %s)" % (self.text(depth - 1), self.text(depth - 1))
        if pick == 6:
            return "(%s)[%s:%s]" % (self.text(depth - 1), r.choice(["", "1", "-2"]), r.choice(["", "3", "-1"]))
        if pick == 7:
            return "(%s)[::%s]" % (self.text(depth - 1), r.choice(["-1", "2", "-2", "1"]))
        if pick == 8:
            return "(%s)|%s" % (self.any(depth - 1), r.choice(["upper", "lower", "title", "capitalize", "string", "trim"]))
        if pick == 9:
            return "(%s).%s" % (self.text(depth - 1), r.choice(["upper()", "lower()", "strip()", "title()", "capitalize()", "replace('a', 'Q')", "zfill(6)", "lstrip('a')", "rstrip()"]))
        if pick == 10:
            return "(%s)|join(%s)" % (self.list(depth - 1), r.choice(["', '", "''", "'-'"]))
        if pick == 11:
            return "('%s' %% (%s))" % (r.choice(["%s!", "<%5s>", "<%-6s>", "%r"]), self.any(depth - 1))
        if pick == 12:
            return "(%s|tojson)" % self.any(depth - 1)
        return "(%s if %s else %s)" % (self.text(depth - 1), self.cond(depth - 1), self.text(depth - 1))

    def list(self, depth):
        r = self.r
        pick = r.randrange(9 if depth > 0 else 2)
        if pick <= 1:
            return r.choice(["l", "m", "el", "mix", "[1, 2, 3]", "['x', 'y']", "o.x.y"])
        if pick == 2:
            return "[%s, %s]" % (self.any(depth - 1), self.any(depth - 1))
        if pick == 3:
            return "(%s)[%s:]" % (self.list(depth - 1), r.choice(["1", "-1", "", "0"]))
        if pick == 4:
            return "(%s)|%s|list" % (self.list(depth - 1), r.choice(["reverse", "sort", "unique", "map('string')", "select('defined')", "select", "reject('none')"]))
        if pick == 5:
            return "(%s + %s)" % (self.list(depth - 1), self.list(depth - 1))
        if pick == 6:
            return "(%s).split(%s)" % (self.text(depth - 1), r.choice(["", "','", "'a'", "' '"]))
        if pick == 7:
            return "(%s)|list" % r.choice([self.text(depth - 1), "o", "o.keys()", "o.items()", "o.values()"])
        return "(%s, %s)" % (self.any(depth - 1), self.any(depth - 1))

    def cond(self, depth):
        r = self.r
        pick = r.randrange(9 if depth > 0 else 3)
        if pick == 0:
            return r.choice(["t", "z", "e", "n", "el", "o.nope", "true", "false"])
        if pick <= 2:
            return "(%s is %s%s)" % (r.choice(["a", "s", "n", "l", "o", "o.nope", "f", "t"]), r.choice(["", "not "]),
                                   r.choice(["defined", "none", "string", "number", "mapping", "iterable", "sequence", "undefined", "integer", "float", "boolean"]))
        if pick <= 4:
            return "(%s %s %s)" % (self.number(depth - 1), r.choice(["<", "<=", ">", ">=", "==", "!="]), self.number(depth - 1))
        if pick == 5:
            return "(%s %s %s)" % (self.text(depth - 1), r.choice(["<", "==", "!=", "in", "not in"]), self.text(depth - 1))
        if pick == 6:
            return "(%s in %s)" % (self.any(depth - 1), self.list(depth - 1))
        if pick == 7:
            return "(not %s)" % self.any(depth - 1)
        return "(%s %s %s)" % (self.any(depth - 1), r.choice(["and", "or"]), self.any(depth - 1))

    def any(self, depth):
        return self.r.choice([self.number, self.number, self.text, self.text, self.list, self.cond])(depth)

    def template(self):
        depth = self.r.choice([1, 2, 2, 3])
        e = self.any(depth)
        if self.r.random() < 0.1:
            return "{%% if %s %%}%s{%% else %%}{{ %s }}{%% endif %%}" % (self.cond(depth), "yes", e)
        if self.r.random() < 0.1:
            return "{%% set v = %s %%}<{{ v }}>{{ v %s v }}" % (e, self.r.choice(["==", "or", "~", "and"]))
        return "{{ %s }}" % e


def theirs(env, template):
    try:
        source = env.parse(template)
        undeclared = jinja2.meta.find_undeclared_variables(source) - set(VARS)
        if undeclared:
            return "refused", "undeclared %s" % undeclared
        return "text", env.from_string(template).render(VARS)
    except jinja2.UndefinedError:
        return "text", ""
    except Exception as error:
        return "refused", "%s: %s" % (type(error).__name__, error)


def agree(want, got):
    if "error" in got:
        load = "there is no method" in got["message"]
        return want[0] == "refused" or got["error"] == "limit" or load
    if want[0] == "refused":
        return False
    return want[1] == got["text"]


def main():
    exe, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1500
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 20261121
    env = SandboxedEnvironment()
    env.globals.clear()
    tojson = env.filters["tojson"]
    env.filters["tojson"] = jinja2.pass_eval_context(lambda context, v: str(tojson(context, v)))
    maker = Maker(seed)
    cases = hand_cases() + [maker.template() for _ in range(count)]
    lines = "".join(json.dumps({"template": t, "vars": VARS, "typing": "plan"}) + "\n" for t in cases)
    run = subprocess.run([exe], input=lines, capture_output=True, text=True)
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    if run.returncode != 0 or len(answers) != len(cases):
        print("expr_eval ended with %d after %d of %d cases\n%s" % (run.returncode, len(answers), len(cases), run.stderr))
        return 1
    bad = limits = refused = 0
    for template, got in zip(cases, answers):
        want = theirs(env, template)
        limits += got.get("error") == "limit"
        refused += want[0] == "refused"
        if not agree(want, got):
            bad += 1
            print("template: %s\n  jinja2: %s %r\n  ours:   %s" % (template, want[0], want[1], got))
    print("%d cases, %d refused by both or by a limit of ours (%d), %d differ" % (len(cases), refused, limits, bad))
    return 1 if bad else 0


if __name__ == "__main__":
    import jinja2.meta
    sys.exit(main())
