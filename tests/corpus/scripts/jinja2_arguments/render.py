"""Renders a greeting: ``render.py NAME --times N``."""

import argparse

import jinja2
from jinja2 import Markup

parser = argparse.ArgumentParser()
parser.add_argument("name")
parser.add_argument("--times", type=int, default=1)
given = parser.parse_args()

template = jinja2.Template("{% for _ in range(times) %}<b>{{ name }}</b> {% endfor %}")
print(Markup(template.render(name=given.name, times=given.times)).striptags())
