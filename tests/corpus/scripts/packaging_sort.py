from packaging.version import parse

names = ["1.0", "1.0-final-build", "0.9rc1", "2004d", "french toast", "1.10"]
for v in sorted(parse(n) for n in names):
    print(v, type(v).__name__)
