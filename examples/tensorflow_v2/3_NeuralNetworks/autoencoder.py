"""Autoencoder: a digit of 784 pixels squeezed through 16 numbers.

What it shows: the functional API of Keras: an encoder and a decoder made from
the same layers as the model that is trained, which learns to give back its
input; each can then be used by itself.

Written for TensorFlow 2.3.4. The digits are a subset of MNIST (input_data.py).

It prints the squared error per pixel on the test digits as training goes on,
beside those of the mean digit and of 16 principal components; the error for
each digit; and, of one test image before and after, how much ink it has and in
which row and column the middle of the ink is.
"""
# 600 batches through four layers, forwards and back: 3 to 4 s of CPU, not 3.
import os
import random
import sys

import numpy as np
import tensorflow as tf
from tensorflow.keras import layers

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import input_data

random.seed(3)
np.random.seed(3)
tf.random.set_seed(3)
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)

CODE = 16
STAGES = (1, 4, 15)  # epochs

(train_images, _), (test_images, test_labels) = input_data.load_data()
train_flat, test_flat = train_images.reshape(-1, 784), test_images.reshape(-1, 784)

pixels = tf.keras.Input(shape=(784,), name='pixels')
hidden = layers.Dense(128, activation='relu')(pixels)
code = layers.Dense(CODE, name='code')(hidden)
hidden_back = layers.Dense(128, activation='relu')
pixels_back = layers.Dense(784, activation='sigmoid')

autoencoder = tf.keras.Model(pixels, pixels_back(hidden_back(code)), name='autoencoder')
encoder = tf.keras.Model(pixels, code, name='encoder')
any_code = tf.keras.Input(shape=(CODE,), name='any_code')
decoder = tf.keras.Model(any_code, pixels_back(hidden_back(any_code)), name='decoder')

autoencoder.compile(optimizer=tf.keras.optimizers.Adam(learning_rate=0.003),
                    loss='binary_crossentropy', metrics=['mse'])
print(f'parameters: {autoencoder.count_params()}')

loss, error = autoencoder.evaluate(test_flat, test_flat, batch_size=250, verbose=0)
print(f'test_loss_epoch_0: {loss:.6f}')
print(f'test_mse_epoch_0: {error:.6f}')
done = 0
for stage in STAGES:
    autoencoder.fit(train_flat, train_flat, batch_size=50, initial_epoch=done, epochs=stage,
                    verbose=0)
    done = stage
    loss, error = autoencoder.evaluate(test_flat, test_flat, batch_size=250, verbose=0)
    print(f'test_loss_epoch_{stage}: {loss:.6f}')
    print(f'test_mse_epoch_{stage}: {error:.6f}')

# What 16 numbers can do without a network: the largest principal components.
mean = train_flat.mean(axis=0)
spread = np.cov((train_flat - mean).T.astype(np.float64))
axes = np.linalg.eigh(spread)[1][:, -CODE:]
projected = (test_flat - mean).dot(axes).dot(axes.T) + mean
print(f'test_mse_of_mean_digit: {np.mean((test_flat - mean) ** 2):.6f}')
print(f'test_mse_of_components: {np.mean((test_flat - projected) ** 2):.6f}')

codes = encoder.predict(test_flat)
rebuilt = decoder.predict(codes)
for digit in range(10):
    of_digit = test_labels == digit
    print(f'mse_digit_{digit}: {np.mean((test_flat[of_digit] - rebuilt[of_digit]) ** 2):.6f}')


def show(name, image):
    ink = image.reshape(28, 28).astype(np.float64)
    print(f'{name}_ink: {ink.mean():.6f}')
    print(f'{name}_middle_row: {np.average(np.arange(28), weights=ink.sum(axis=1)):.6f}')
    print(f'{name}_middle_column: {np.average(np.arange(28), weights=ink.sum(axis=0)):.6f}')


print(f'shown_label: {test_labels[0]}')
show('original', test_flat[0])
show('rebuilt', rebuilt[0])
