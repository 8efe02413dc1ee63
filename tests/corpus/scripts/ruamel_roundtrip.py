import ruamel.yaml

text = """\
# machines
host: alpha   # the first
ports: [80, 443]
"""
data = ruamel.yaml.round_trip_load(text)
data["ports"].append(8080)
print(ruamel.yaml.round_trip_dump(data))
print(list(data))
