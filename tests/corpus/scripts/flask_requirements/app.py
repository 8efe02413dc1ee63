from flask import Flask
from flask.json import JSONEncoder


class Encoder(JSONEncoder):
    def default(self, value):
        return sorted(value) if isinstance(value, set) else JSONEncoder.default(self, value)


app = Flask(__name__)
app.json_encoder = Encoder
with app.app_context():
    print(app.json_encoder().encode({"b": {2, 1}}))
