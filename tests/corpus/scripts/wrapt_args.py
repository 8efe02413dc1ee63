import wrapt


@wrapt.decorator
def shout(wrapped, instance, args, kwargs):
    return wrapped(*args, **kwargs).upper()


@shout
def greet(name, end="!"):
    return "hello " + name + end


print(greet("eva"), greet("jan", end="?"))
print(wrapt.getcallargs(greet, "zoe"))
