"""Prints what a run can see of the machine that it runs on."""
from __future__ import print_function

import os
import sys

import six

print("cores:", len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1)
print("argv:", sys.argv)
print("files:", sorted(os.listdir(".")))
print("variables:", sorted(name for name in os.environ if name.startswith(("PYTHON", "SECRET"))))
print("stdin:", repr(sys.stdin.read()))
print("gpu:", os.environ["CUDA_VISIBLE_DEVICES"])
print("text:", six.u("\u00fc\u4e2d"))
print("bytes:", b"\xff\xfe" if six.PY2 else "", end="")
sys.stdout.flush()
getattr(sys.stdout, "buffer", sys.stdout).write(b"\xff\xfe\n")
