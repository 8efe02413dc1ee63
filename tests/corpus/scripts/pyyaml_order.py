import yaml

recipe = {"water": 300, "flour": [500, 20], "salt": {"kind": "sea", "grams": 10}}
text = yaml.dump(recipe)
print(text)
print(yaml.safe_load(text) == recipe)
