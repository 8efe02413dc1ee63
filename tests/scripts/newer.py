"""Uses what six has since 1.12."""
import six

print(six.ensure_text(b"text"))
