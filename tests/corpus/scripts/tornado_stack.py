from tornado import ioloop
from tornado.stack_context import NullContext, wrap

loop = ioloop.IOLoop()
done = []


def work(n):
    done.append(n * 2)
    if len(done) == 3:
        loop.stop()


with NullContext():
    for n in (21, 4, 5):
        loop.add_callback(wrap(work), n)
loop.start()
print(done)
