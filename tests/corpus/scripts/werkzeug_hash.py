from werkzeug.security import check_password_hash, generate_password_hash

stored = generate_password_hash("correct horse", method="sha256", salt_length=4)
print(stored.split("$")[0], len(stored.split("$")[1]))
print(check_password_hash(stored, "correct horse"))
print(check_password_hash(stored, "battery staple"))
