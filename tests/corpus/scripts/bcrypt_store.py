"""A tiny user store: passwords are hashed with passlib, on top of bcrypt."""
import bcrypt
from passlib.context import CryptContext

context = CryptContext(schemes=["bcrypt"], bcrypt__rounds=4)


class Users(object):
    def __init__(self):
        self._hashes = {}

    def add(self, name, password):
        self._hashes[name] = context.hash(password)

    def check(self, name, password):
        return context.verify(password, self._hashes[name])


users = Users()
users.add("ada", "correct horse")
users.add("bo", "battery staple")
print("ada, right password:", users.check("ada", "correct horse"))
print("ada, wrong password:", users.check("ada", "battery staple"))
print("scheme:", context.identify(users._hashes["bo"]))

# one account came from another system, which used bcrypt itself
salt = b"$2b$04$abcdefghijklmnopqrstuu"
legacy = bcrypt.hashpw(b"old secret", salt)
print("legacy:", legacy.decode())
print("legacy checked:", context.verify("old secret", legacy.decode()))
