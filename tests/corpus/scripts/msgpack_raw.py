import msgpack

message = {"user": "ann", "scores": [3, 5, 8], "ok": True}
packed = msgpack.packb(message)
print("bytes:", len(packed))
back = msgpack.unpackb(packed)
for key in sorted(back):
    print(repr(key), "=", repr(back[key]))
