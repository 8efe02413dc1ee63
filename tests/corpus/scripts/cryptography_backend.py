from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

digest = hashes.Hash(hashes.SHA256())
digest.update(b"hello")
print(digest.finalize().hex()[:16])
kdf = PBKDF2HMAC(algorithm=hashes.SHA256(), length=16, salt=b"salt", iterations=1000)
print(kdf.derive(b"password").hex())
