"""Starts scripts inside a cell's environment, watches over them, and reports what became of them.

Nothing but the standard library, the same source on Python 2.7 and 3.6 to the newest. The
orchestrator starts ``launcher.py`` beside this package. Its stdin is a pipe of requests, its stdout
a pipe of events (see ``protocol``), its stderr a log. When the request pipe ends, or on SIGTERM,
SIGINT or SIGHUP, every run is killed and the launcher exits.

How runs are kept apart: each run has a *keeper*, a fork of the launcher that watches this run
alone. The keeper is a child subreaper, so whatever the script starts stays the keeper's
descendant, also what daemonises or clears its environment. The run is over when the kernel says
that the keeper has no child left. A keeper whose launcher is gone, even by ``kill -9``, reads the
end of its control pipe and kills its run. A launcher whose keeper is gone kills what that left.

Warm runs: the launcher imports the module of the study, and a warm run is a fork of the keeper, and
so of the launcher. In it everything is set to what it is in a process that has just started and
imported that module: see ``warm`` and ``script``. What the import printed goes in front of what the
run prints. A script beside which lies a module that the import would have found first gets a
process of its own. What a warm run could notice: /proc/self/cmdline, the frames below its own, and
in sys.modules this package and what it imports. The package stays there because Python 2.7 clears
the variables of a module that is removed.

What can slip through: work handed to a process outside (systemd, cron, a container daemon);
processes of another user; a chain of processes that changes its process group at every fork,
faster than /proc can be read (given up after ``system.PATIENCE`` seconds); all that daemonised, if
launcher and keeper are both killed or if there is no prctl (macOS, a Python without ctypes). Memory
may overshoot its limit for ``supervisor.POLL`` seconds. On Python 2.7 request texts must be valid
Unicode.
"""
