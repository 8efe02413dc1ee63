import hashlib, os
import brick
print(sorted(os.listdir("tests")))
for path in (__file__, brick.__file__):
    with open(path, "rb") as file:
        print(hashlib.sha256(file.read()).hexdigest())
packages = os.path.dirname(brick.__file__)
print([(name, os.listdir(os.path.join(packages, name)) != []) for name in sorted(os.listdir(packages)) if name[0] != "_"])
print(sorted(os.listdir(os.path.expanduser("~"))))
