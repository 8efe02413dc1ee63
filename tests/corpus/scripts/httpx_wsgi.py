import httpx


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [("you asked for %s" % environ["PATH_INFO"]).encode()]


with httpx.Client(app=app, base_url="http://shop.example") as client:
    for path in ("/tea", "/jam"):
        reply = client.get(path)
        print(reply.status_code, reply.text)
