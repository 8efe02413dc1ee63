import jwt

token = jwt.encode({"user": "eva", "level": 3}, "secret", algorithm="HS256")
claims = jwt.decode(token, verify=False)
print(sorted(claims.items()))
print(jwt.get_unverified_header(token)["alg"])
