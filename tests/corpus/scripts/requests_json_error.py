import requests

reply = requests.Response()
reply.status_code = 200
reply._content = b"<html>maintenance</html>"
try:
    reply.json()
except requests.exceptions.JSONDecodeError as error:
    print("not JSON at", error.pos)
reply._content = b'{"n": [1, 2]}'
print(reply.json()["n"])
