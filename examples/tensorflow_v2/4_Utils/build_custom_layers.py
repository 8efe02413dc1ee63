"""Layers and a model of one's own: what Keras asks for, on handwritten digits.

What it shows: a layer makes its weights in build, once it knows the size of its
input, and uses them in call; it can behave differently while training, add to the
loss, and tell how to make another like it. A model of such layers, written as a
subclass, is compiled and trained as any other.

Written for TensorFlow 2.3.4. The digits are the 2,000 + 500 of examples/data.

It prints the weights there are, the loss as it falls with the penalty in it, the
accuracy on the test digits, and that a layer made from the configuration of another
gives the same results once it has its weights.
"""
import os
import random
import sys

# The folder above, where input_data is, takes the place of this one: here lies tensorboard.py,
# which "import tensorflow" would find before the package of that name.
sys.path[0] = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..')

import numpy as np
import tensorflow as tf

import input_data

random.seed(3)
np.random.seed(3)
tf.random.set_seed(3)
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)


class Maxout(tf.keras.layers.Layer):
    """The largest of several linear functions of the input, for each unit."""

    def __init__(self, units, pieces=2, penalty=0.0, **kwargs):
        super().__init__(**kwargs)
        self.units, self.pieces, self.penalty = units, pieces, penalty

    def build(self, input_shape):
        wide = self.units * self.pieces
        self.kernel = self.add_weight('kernel', shape=[input_shape[-1], wide],
                                      initializer=tf.keras.initializers.GlorotUniform(seed=21))
        self.bias = self.add_weight('bias', shape=[wide], initializer='zeros')
        super().build(input_shape)

    def call(self, inputs):
        self.add_loss(self.penalty * tf.reduce_sum(tf.square(self.kernel)))
        linear = tf.matmul(inputs, self.kernel) + self.bias
        return tf.reduce_max(tf.reshape(linear, [-1, self.units, self.pieces]), axis=2)

    def get_config(self):
        config = super().get_config()
        config.update(units=self.units, pieces=self.pieces, penalty=self.penalty)
        return config


class Smudge(tf.keras.layers.Layer):
    """Noise on the input while training, nothing at all otherwise. It has no weights."""

    def __init__(self, amount, **kwargs):
        super().__init__(**kwargs)
        self.amount = amount

    def call(self, inputs, training=None):
        if not training:
            return inputs
        return inputs + self.amount * tf.random.normal(tf.shape(inputs), seed=22)


class DigitReader(tf.keras.Model):
    def __init__(self):
        super().__init__(name='digit_reader')
        self.flat = tf.keras.layers.Flatten()
        self.smudge = Smudge(0.2)
        self.hidden = Maxout(40, pieces=3, penalty=1e-4, name='hidden')
        self.out = Maxout(10, pieces=2, name='out')

    def call(self, images, training=None):
        return self.out(self.hidden(self.smudge(self.flat(images), training=training)))


(x_train, y_train), (x_test, y_test) = input_data.load_data()
model = DigitReader()
model.compile(tf.keras.optimizers.Adam(0.002), metrics=['accuracy'],
              loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True))

batches = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(2000, seed=4).batch(50)
history = model.fit(batches, epochs=8, verbose=0).history
for weight in model.trainable_weights:
    print(f"weight_{weight.name.split(':')[0].replace('/', '_')}:", weight.shape.as_list())
for epoch in (1, 2, 4, 8):
    print(f"loss_epoch_{epoch}: {history['loss'][epoch - 1]:.6f}")
test_loss, test_accuracy = model.evaluate(x_test, y_test, verbose=0)
model(x_test)  # what a call adds to the loss can be read after it
print(f'penalty_last: {tf.add_n(model.losses).numpy():.6f}')
print(f'test_loss: {test_loss:.6f}')
print(f'test_accuracy: {test_accuracy:.4f}')

twin = Maxout.from_config(model.hidden.get_config())
flat_test = x_test.reshape(-1, 784)
twin.build(flat_test.shape)
before = tf.reduce_max(tf.abs(twin(flat_test) - model.hidden(flat_test))).numpy()
twin.set_weights(model.hidden.get_weights())
after = tf.reduce_max(tf.abs(twin(flat_test) - model.hidden(flat_test))).numpy()
print(f'twin_config_same: {twin.get_config() == model.hidden.get_config()}')
print(f'twin_difference_before: {before:.6f}')
print(f'twin_difference_after: {after:.6f}')
