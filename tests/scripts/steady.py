"""Prints the same on every release of six."""
import six

print("integers: %d" % len(six.integer_types))
for step in range(3):
    print("step %d loss: %.4f" % (step, 1.0 / (step + 1)))
