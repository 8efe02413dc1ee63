from Crypto.Hash import TurboSHAKE128, SHA3_256

data = b"the quick brown fox"
print(SHA3_256.new(data).hexdigest()[:16])
xof = TurboSHAKE128.new()
xof.update(data)
print(xof.read(8).hex())
