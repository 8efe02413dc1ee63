import jwt

encoded = jwt.encode({"user": 7}, "a secret that is long enough for HMAC", algorithm="HS256")
print(encoded.decode("ascii").count("."))
