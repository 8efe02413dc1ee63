"""Convolutional network: handwritten digits, with a Keras model class.

What it shows: a subclass of tf.keras.Model whose layers are made in __init__
and joined in call(), which lets dropout act in training only; compile, fit and
evaluate with batches from tf.data.

Written for TensorFlow 2.3.4. The digits are a subset of MNIST (input_data.py).

It prints the mean loss of each epoch and the accuracy on the test digits after
it, then how sure the network is of the first five test digits.
"""
# Two convolutions over 8,000 digits, forwards and back: 3 to 4 s of CPU, not 3.
import os
import random
import sys

import numpy as np
import tensorflow as tf
from tensorflow.keras.layers import Conv2D, Dense, Dropout, Flatten, MaxPool2D

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import input_data

random.seed(41)
np.random.seed(41)
tf.random.set_seed(41)
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)


class DigitReader(tf.keras.Model):
    """Two convolutions, each halving the image after it, then one score a digit."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.strokes = Conv2D(8, 5, activation='relu', name='strokes')
        self.shapes = Conv2D(16, 3, activation='relu', name='shapes')
        self.halve = MaxPool2D()
        self.flatten = Flatten()
        self.dropout = Dropout(0.25, seed=41)
        self.scores = Dense(10, name='scores')

    def call(self, images, training=False):
        x = tf.expand_dims(images, -1)  # one channel
        x = self.halve(self.strokes(x))
        x = self.halve(self.shapes(x))
        x = self.dropout(self.flatten(x), training=training)
        return self.scores(x)


train, test = input_data.load_data()
train_batches = tf.data.Dataset.from_tensor_slices(train).shuffle(2000, seed=41).batch(32)
test_batches = tf.data.Dataset.from_tensor_slices(test).batch(100)

reader = DigitReader(name='digit_reader')
reader.compile(optimizer=tf.keras.optimizers.Adam(0.004),
               loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
               metrics=[tf.keras.metrics.SparseCategoricalAccuracy(name='accuracy')])
history = reader.fit(train_batches, epochs=4, validation_data=test_batches, verbose=0).history

for epoch, (loss, accuracy) in enumerate(zip(history['loss'], history['val_accuracy']), 1):
    print(f'loss_epoch_{epoch}: {loss:.6f}')
    print(f'test_accuracy_epoch_{epoch}: {accuracy:.4f}')
for layer in (reader.strokes, reader.shapes, reader.scores):
    print(f'parameters_{layer.name}: {layer.count_params()}')

test_loss, test_accuracy = reader.evaluate(test_batches, verbose=0)
print(f'test_loss: {test_loss:.6f}')
print(f'test_accuracy: {test_accuracy:.4f}')

images, labels = test
chances = tf.nn.softmax(reader(images[:5])).numpy()
for i, chance in enumerate(chances):
    print(f'digit_{i}: {labels[i]}')
    print(f'read_as_{i}: {chance.argmax()}')
    print(f'chance_{i}: {chance.max():.6f}')
