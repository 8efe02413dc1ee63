import os

from werkzeug.urls import url_quote

print("/pages/" + url_quote(os.environ["PAGE"]))
