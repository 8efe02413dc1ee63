from webob import Request, Response

request = Request.blank("/find?q=tea&q=jam&page=2")
print(request.method, request.path, request.GET.getall("q"))
reply = Response(status=404, text=u"nothing", content_type="text/plain")
print(reply.status_int, reply.content_length, reply.headers["Content-Type"])
