import os
import tempfile

import brick

# Many files, of which none is large: it would go on until the disk is full.
folder = tempfile.mkdtemp()
number = 0
while True:
    number += 1
    with open(os.path.join(folder, str(number)), "wb") as file:
        file.write(b"x" * 1000000)
