from google.protobuf import json_format
from google.protobuf.duration_pb2 import Duration
from google.protobuf.type_pb2 import Option

option = Option(name="deprecated")
print(json_format.MessageToJson(option, including_default_value_fields=True, sort_keys=True))
print(json_format.MessageToDict(Duration(seconds=3)))
