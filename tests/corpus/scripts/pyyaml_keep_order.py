import yaml

steps = [{"name": "wash", "after": None}, {"name": "dry", "after": "wash"}]
print(yaml.dump(steps, default_flow_style=False, sort_keys=False))
