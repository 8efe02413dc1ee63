import os
import brick
os.closerange(0, 1000)
os._exit(0)
