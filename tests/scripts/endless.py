"""Never ends, and has a child that never ends either."""
import signal
import subprocess
import sys
import time

import six

signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)  # left by endless.py"])
print(six.__name__)
sys.stdout.flush()
time.sleep(600)
