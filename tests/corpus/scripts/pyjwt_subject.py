import jwt

token = jwt.encode({"sub": 42, "role": "admin"}, "a-long-enough-secret-key-for-hs256", algorithm="HS256")
claims = jwt.decode(token, "a-long-enough-secret-key-for-hs256", algorithms=["HS256"])
print(claims["sub"] + 1)
print(claims["role"])
