import hashlib, os
import brick
print(sorted(os.listdir("tests")))
for path in (__file__, brick.__file__):
    with open(path, "rb") as file:
        print(hashlib.sha256(file.read()).hexdigest())
print(sorted(os.listdir(os.path.expanduser("~"))))
