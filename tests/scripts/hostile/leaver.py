import os
import brick
os._exit(7)
