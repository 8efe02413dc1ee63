try:
    from unittest import mock as standard
except ImportError:
    standard = None
import mock

send = mock.Mock(return_value="sent")
print(send("hello", to="eva"))
print(bool(send.called_once_with("hello", to="eva")))
print(send.call_count, send.call_args == mock.call("hello", to="eva"))
