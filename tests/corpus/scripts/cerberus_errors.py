from cerberus import Validator

schema = {
    "name": {"type": "string", "required": True, "maxlength": 8},
    "age": {"type": "integer", "min": 0},
}
v = Validator(schema)
for doc in [{"name": "Ann", "age": 30}, {"age": -1}, {"name": "much too long", "age": "x"}]:
    ok = v.validate(doc)
    print(ok)
    for field in sorted(v.errors):
        print("   ", field, ":", v.errors[field])
