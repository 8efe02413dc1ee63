"""Neural network: handwritten digits, with two hidden layers.

What it shows: a Sequential Keras model from a list of layers, compiled with a
loss named by a word, trained by fit() with a tenth of the digits kept aside to
watch it, and a callback that stops it when these no longer improve.

Written for TensorFlow 2.3.4. The digits are a subset of MNIST (input_data.py).

It prints the shapes of the weights, the losses while training, the epoch that
was best, and loss and accuracy on the test digits.
"""
import os
import random
import sys

import numpy as np
import tensorflow as tf
from tensorflow import keras

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import input_data

random.seed(17)
np.random.seed(17)
tf.random.set_seed(17)
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)

(x_train, y_train), (x_test, y_test) = input_data.load_data()

model = keras.models.Sequential([
    keras.layers.Flatten(input_shape=(28, 28)),
    keras.layers.Dense(96, activation='relu', kernel_regularizer=keras.regularizers.l2(1e-4)),
    keras.layers.Dropout(0.2),
    keras.layers.Dense(48, activation='relu'),
    keras.layers.Dense(10, activation='softmax'),
])
model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.1, momentum=0.8, nesterov=True),
              loss='sparse_categorical_crossentropy', metrics=['accuracy'])
for i, weight in enumerate(model.trainable_weights):
    print(f'weight_{i}_shape:', weight.shape.as_list())
print(f'weights_in_all: {model.count_params()}')

stop = keras.callbacks.EarlyStopping(monitor='val_loss', patience=4, restore_best_weights=True)
history = model.fit(x_train, y_train, batch_size=40, epochs=15, validation_split=0.1,
                    callbacks=[stop], verbose=0)

losses, watched = history.history['loss'], history.history['val_loss']
for epoch in (1, 2, 5):
    print(f'loss_epoch_{epoch}: {losses[epoch - 1]:.6f}')
    print(f'watched_loss_epoch_{epoch}: {watched[epoch - 1]:.6f}')
print(f'loss_last: {losses[-1]:.6f}')
print(f'epochs_run: {len(losses)}')
print(f'best_epoch: {int(np.argmin(watched)) + 1}')

test_loss, test_accuracy = model.evaluate(x_test, y_test, batch_size=100, verbose=0)
print(f'test_loss: {test_loss:.6f}')
print(f'test_accuracy: {test_accuracy:.4f}')

chances = model.predict(x_test, batch_size=100)
guesses = chances.argmax(axis=1)
second = np.argsort(chances, axis=1)[:, -2]
print(f'test_accuracy_two_guesses: {np.mean((guesses == y_test) | (second == y_test)):.4f}')
print(f'mean_chance_when_right: {chances.max(axis=1)[guesses == y_test].mean():.6f}')
print(f'mean_chance_when_wrong: {chances.max(axis=1)[guesses != y_test].mean():.6f}')
