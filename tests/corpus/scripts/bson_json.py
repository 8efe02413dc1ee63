import datetime
from bson import ObjectId
from bson.json_util import dumps, loads

order = {
    "_id": ObjectId("507f1f77bcf86cd799439011"),
    "at": datetime.datetime(2012, 12, 21, 12, 0),
    "n": 3,
}
text = dumps(order, sort_keys=True)
print(text)
back = loads(text)
print(back["_id"] == order["_id"], back["n"])
