"""A recurrent network reads handwritten digits from top to bottom, a row at a time.

What it shows: to an LSTM an image is a sequence, here of 28 rows with 28 pixels
each; a Keras model of two layers is compiled, trained with fit and asked again
with the lower rows hidden, to see how much of a digit it has to read.

Written for TensorFlow 2.3.4, on the digits of examples/data (2,000 to train with,
500 to test). It takes about five seconds: the rows of an image have to be read one
after the other, forwards and back.

It prints the mean loss of a few epochs, loss and accuracy on the test digits, and
the accuracy when only the first 14 or 21 rows are shown.
"""
import os
import random
import sys

import numpy as np
import tensorflow as tf
from tensorflow.keras import layers

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import input_data

random.seed(8)
np.random.seed(8)
tf.random.set_seed(8)
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)

ROWS, PIXELS = 28, 28
EPOCHS = 8

(train_rows, train_digit), (test_rows, test_digit) = input_data.load_data()

model = tf.keras.Sequential([
    layers.LSTM(40, input_shape=(ROWS, PIXELS), name='reader'),
    layers.Dense(10, name='verdict'),
])
model.compile(
    optimizer=tf.keras.optimizers.Adam(learning_rate=0.01),
    loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=['accuracy'])
print('parameters:', model.count_params())

untrained_loss, untrained_accuracy = model.evaluate(test_rows, test_digit, verbose=0)
print(f'untrained_loss: {untrained_loss:.6f}')
print(f'untrained_accuracy: {untrained_accuracy:.4f}')

# Shuffled here, with a seed of its own: fit leaves the order of a Dataset alone.
lessons = tf.data.Dataset.from_tensor_slices((train_rows, train_digit))
lessons = lessons.shuffle(len(train_rows), seed=15).batch(100)
history = model.fit(lessons, epochs=EPOCHS, verbose=0).history
for epoch in (1, 2, 4, EPOCHS):
    print(f"loss_epoch_{epoch}: {history['loss'][epoch - 1]:.6f}")

test_loss, test_accuracy = model.evaluate(test_rows, test_digit, verbose=0)
print(f'test_loss: {test_loss:.6f}')
print(f'test_accuracy: {test_accuracy:.4f}')
for shown in (14, 21):
    part = test_rows.copy()
    part[:, shown:] = 0.0
    guess = np.argmax(model.predict(part), axis=1)
    print(f'accuracy_{shown}_rows: {np.mean(guess == test_digit):.4f}')
