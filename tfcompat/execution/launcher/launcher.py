"""Starts the launcher, the program that runs scripts inside a cell's environment.

Started as ``PYTHON launcher.py``, on Python 2.7 and on 3.6 to the newest. All that it does stands
in the package beside this file, which is loaded so that a script cannot notice how. Started as
``PYTHON launcher.py KIND FIGURES NAME args...`` it runs one program, in this very process: see
``single`` there.
"""

import os
import sys

# Neither this folder nor PYTHONPATH may shadow the standard library.
_unwanted = [os.path.dirname(__file__)]
if os.environ.get("PYTHONPATH"):
    _unwanted += os.environ["PYTHONPATH"].split(os.pathsep)
_unwanted = [os.path.realpath(folder) for folder in _unwanted]  # "" is the current folder
sys.path[:] = [folder for folder in sys.path if os.path.realpath(folder) not in _unwanted]

_folder = os.path.dirname(os.path.abspath(__file__))
_dont_write_bytecode = sys.dont_write_bytecode
sys.dont_write_bytecode = True  # the folder may be read-only, and is none of this interpreter's
sys.path.append(_folder)  # last: what lies here may not shadow anything either
try:
    if len(sys.argv) > 1:
        from _tfcompat_launcher.single import load  # type: ignore[import-not-found]

        main = load()
    else:
        from _tfcompat_launcher.server import main  # type: ignore[import-not-found, no-redef]
finally:
    sys.path.remove(_folder)
    sys.dont_write_bytecode = _dont_write_bytecode
for _place in (_folder, os.path.join(_folder, "_tfcompat_launcher")):
    sys.path_importer_cache.pop(_place, None)

# In a fork that is to be a warm run, main() returns what runs the script. So the script's frames
# lie above two of that function and this module alone: the launcher's whole stack is unwound.
_run_script = main()
if _run_script is not None:
    _run_script()
