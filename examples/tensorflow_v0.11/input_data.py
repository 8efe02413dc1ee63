"""Loads the handwritten digits for the examples of this family.

    import input_data
    digits = input_data.read_data_sets(one_hot=True)
    images, labels = digits.train.next_batch(100)

The digits are MNIST's: 2,000 to train with and 500 to test, in examples/data. The variable
MNIST_FOLDER names a folder with the full set.
"""
from __future__ import print_function

import gzip
import os
import struct

import numpy as np

FOLDER = os.environ.get(
    'MNIST_FOLDER', os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'data'))


def read_idx(name):
    """Return the array of an idx file: a header of big-endian sizes, then bytes."""
    with gzip.open(os.path.join(FOLDER, name), 'rb') as stream:
        dimensions = struct.unpack('>HBB', stream.read(4))[2]
        shape = struct.unpack('>' + 'I' * dimensions, stream.read(4 * dimensions))
        return np.frombuffer(stream.read(), dtype=np.uint8).reshape(shape)


class DataSet(object):
    """Images as rows of 784 floats from 0 to 1, their labels, and batches of both."""

    def __init__(self, images, labels, one_hot, seed):
        self.images = images.reshape(len(images), -1).astype(np.float32) / 255.0
        self.labels = np.eye(10, dtype=np.float32)[labels] if one_hot else labels.astype(np.int64)
        self.num_examples = len(images)
        self._random = np.random.RandomState(seed)
        self._order = []

    def next_batch(self, size):
        """Return the next images and labels; a new random order begins when all were seen."""
        if len(self._order) < size:
            self._order = list(self._random.permutation(self.num_examples))
        chosen, self._order = self._order[:size], self._order[size:]
        return self.images[chosen], self.labels[chosen]


class DataSets(object):
    """The digits to train with and those to test."""

    def __init__(self, one_hot):
        self.train = DataSet(read_idx('train-images-idx3-ubyte.gz'),
                             read_idx('train-labels-idx1-ubyte.gz'), one_hot, seed=1)
        self.test = DataSet(read_idx('t10k-images-idx3-ubyte.gz'),
                            read_idx('t10k-labels-idx1-ubyte.gz'), one_hot, seed=2)


def read_data_sets(one_hot=False):
    """Return the digits; with one_hot, labels are rows of ten numbers."""
    return DataSets(one_hot)
