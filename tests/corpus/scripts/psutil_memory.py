import os
import psutil

me = psutil.Process(os.getpid())
print("pid is mine:", me.pid == os.getpid())
rss, vms = me.get_memory_info()[:2]
print("uses memory:", rss > 1000000, vms >= rss)
print("children:", len(me.get_children()))
print("threads:", me.get_num_threads() >= 1)
