from jsonschema import Draft202012Validator

checker = Draft202012Validator({"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "items": False})
for value in [["tea", 3], ["tea", "x"], ["tea", 3, 4]]:
    print(value, [list(e.schema_path) for e in checker.iter_errors(value)])
