"""Bidirectional recurrent network: a digit read from the top and from the bottom.

What it shows: a Sequential Keras model in which one LSTM takes the 28 rows of a
digit downwards and another upwards (layers.Bidirectional), what both of them
know at the end being joined; a callback that reports while fit() is silent.

Written for TensorFlow 2.3.4. The digits are a subset of MNIST (input_data.py).

It prints the number of parameters, loss and accuracy on the training digits for
some epochs, then loss and accuracy on the test digits, right side up and upside
down, which the network has never seen.
"""
import os
import random
import sys

import numpy as np
import tensorflow as tf

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import input_data

# A recurrent network takes 28 small steps per digit: about 6 s of CPU, not 3.
SEED, EPOCHS = 29, 8

random.seed(SEED)
np.random.seed(SEED)
tf.random.set_seed(SEED)
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)

(train_rows, train_labels), (test_rows, test_labels) = input_data.load_data()

model = tf.keras.Sequential([
    tf.keras.layers.Bidirectional(tf.keras.layers.LSTM(32), merge_mode='concat',
                                  input_shape=(28, 28), name='both_ways'),
    tf.keras.layers.Dense(10, name='digits'),
])
model.compile(optimizer=tf.keras.optimizers.Adam(learning_rate=0.005),
              loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
              metrics=['accuracy'])


def report(epoch, logs):
    if epoch in (0, 2, EPOCHS - 1):
        print(f'loss_epoch_{epoch + 1}: {logs["loss"]:.6f}')
        print(f'accuracy_epoch_{epoch + 1}: {logs["accuracy"]:.4f}')


print(f'parameters: {model.count_params()}')
print('joined_shape:', model.get_layer('both_ways').output_shape[1])
model.fit(train_rows, train_labels, batch_size=50, epochs=EPOCHS, verbose=0,
          callbacks=[tf.keras.callbacks.LambdaCallback(on_epoch_end=report)])

for name, rows in (('test', test_rows), ('upside_down', test_rows[:, ::-1])):
    loss, accuracy = model.evaluate(rows, test_labels, batch_size=100, verbose=0)
    print(f'{name}_loss: {loss:.6f}')
    print(f'{name}_accuracy: {accuracy:.4f}')
