import redis

pipe = redis.StrictRedis(host="localhost", socket_connect_timeout=0.1).pipeline()
pipe.zadd("scores", 10, "eva", 7, "jan")
pipe.setex("session", 60, "abc")
for args, options in pipe.command_stack:
    print(*[a.decode() if isinstance(a, bytes) else a for a in args])
