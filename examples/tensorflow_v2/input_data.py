"""Loads the handwritten digits for the examples of this family.

    import input_data
    (x_train, y_train), (x_test, y_test) = input_data.load_data()

The digits are MNIST's: 2,000 to train with and 500 to test, in examples/data. The variable
MNIST_FOLDER names a folder with the full set.
"""
import gzip
import os
import struct

import numpy as np

FOLDER = os.environ.get(
    "MNIST_FOLDER", os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data"))


def read_idx(name):
    """Return the array of an idx file: a header of big-endian sizes, then bytes."""
    with gzip.open(os.path.join(FOLDER, name), "rb") as stream:
        dimensions = struct.unpack(">HBB", stream.read(4))[2]
        shape = struct.unpack(">" + "I" * dimensions, stream.read(4 * dimensions))
        return np.frombuffer(stream.read(), dtype=np.uint8).reshape(shape)


def load_data():
    """Return images as floats from 0 to 1, [n, 28, 28], and labels from 0 to 9, in two pairs."""
    pairs = []
    for part in ("train", "t10k"):
        images = read_idx("%s-images-idx3-ubyte.gz" % part).astype(np.float32) / 255.0
        pairs.append((images, read_idx("%s-labels-idx1-ubyte.gz" % part).astype(np.int64)))
    return tuple(pairs)
