from marshmallow import Schema, fields


class Order(Schema):
    item = fields.Str(required=True)
    count = fields.Int(load_default=1)
    price = fields.Float(dump_default=9.5)


schema = Order()
print(sorted(schema.load({"item": "tea"}).items()))
print(sorted(schema.dump({"item": "tea", "count": "3"}).items()))
