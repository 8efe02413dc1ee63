from azure.core.utils import parse_connection_string

text = "Endpoint=https://example.invalid/;SharedAccessKeyName=root;SharedAccessKey=abc="
for key, value in sorted(parse_connection_string(text).items()):
    print(key, value)
