import inflect

engine = inflect.engine()
for noun in ["box", "", "child", "mother-in-law"]:
    print(repr(engine.plural(noun)), engine.plural(noun, 1))
print(engine.number_to_words(1234))
