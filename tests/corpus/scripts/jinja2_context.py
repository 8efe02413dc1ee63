import jinja2


@jinja2.contextfilter
def greet(context, name):
    return "%s, %s!" % (context.get("hello", "Hi"), name)


env = jinja2.Environment()
env.filters["greet"] = greet
page = env.from_string("{% for n in names %}{{ n|greet }}\n{% endfor %}")
print(page.render(hello="Ahoj", names=["Eva", "Jan"]))
