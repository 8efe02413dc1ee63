from itsdangerous import BadSignature, JSONWebSignatureSerializer

s = JSONWebSignatureSerializer("secret-key", algorithm_name="HS256")
token = s.dumps({"user": 42})
print(token.decode("ascii"))
print(s.loads(token))
try:
    s.loads(token + b"x")
except BadSignature as error:
    print("refused:", type(error).__name__)
