"""Imports TensorFlow and uses it once, in a way that every release has."""
from __future__ import print_function

import tensorflow as tf

print("constant:", tf.constant([1.0, 2.0]).get_shape().as_list())
