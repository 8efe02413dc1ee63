from marshmallow import Schema, fields, post_load


class Settings(Schema):
    host = fields.Str(missing="localhost")
    port = fields.Int(missing=8080)

    @post_load
    def address(self, data, **kwargs):
        return "%(host)s:%(port)d" % data


print(Settings().load({}))
print(Settings().load({"port": "99"}))
