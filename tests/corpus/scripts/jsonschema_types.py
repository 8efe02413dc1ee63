import jsonschema

schema = {"type": "object", "properties": {"size": {"type": "array", "items": {"type": "integer"}}}}
checker = jsonschema.Draft4Validator(schema, types={"array": (list, tuple)})
for value in [{"size": (1, 2)}, {"size": [1, "x"]}, {"size": "no"}]:
    print([e.message for e in checker.iter_errors(value)])
