"""Saving and restoring a model: as a checkpoint, as weights in a file, and whole.

What it shows: a checkpoint holds the variables of model and optimizer, so that a
training which was cut short goes on as if it had not been; save_weights writes a
single HDF5 file; model.save writes a SavedModel, from which the model comes back
without the Python that built it.

Written for TensorFlow 2.3.4, on the digits of examples/data. What is written goes
into a folder of its own, which is removed at the end.

It prints loss and accuracy of the training in one go and of the one in two parts,
and the largest difference between the answers of each restored model and the first.
"""
import os
import random
import shutil
import sys
import tempfile

# On the path, the folder above (with input_data) replaces this one: with tensorboard.py in it,
# TensorFlow would import that script for the package tensorboard.
sys.path[0] = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..')

import numpy as np
import tensorflow as tf

import input_data

random.seed(17)
np.random.seed(17)
tf.random.set_seed(17)
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)

(x_train, y_train), (x_test, y_test) = input_data.load_data()
folder = tempfile.mkdtemp()
# No shuffling: both trainings have to see the same digits in the same order.
digits = tf.data.Dataset.from_tensor_slices((x_train, y_train)).batch(50)
cross_entropy = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def new_model(seed):
    first, second = (tf.keras.initializers.GlorotUniform(seed=seed + i) for i in range(2))
    model = tf.keras.Sequential([
        tf.keras.layers.Flatten(input_shape=(28, 28), name='pixels'),
        tf.keras.layers.Dense(64, activation='relu', kernel_initializer=first, name='hidden'),
        tf.keras.layers.Dense(10, kernel_initializer=second, name='scores'),
    ])
    model.compile(optimizer=tf.keras.optimizers.Adam(0.002), loss=cross_entropy)
    return model


def report(name, model):
    scores = model(x_test).numpy()
    print(f'{name}_loss: {cross_entropy(y_test, scores).numpy():.6f}')
    print(f'{name}_accuracy: {np.mean(np.argmax(scores, axis=1) == y_test):.4f}')


def apart(one, other):
    return np.abs(one(x_test).numpy() - other(x_test).numpy()).max()


model = new_model(seed=1)
report('untrained', model)

# The first half of the training, a checkpoint, the second half.
checkpoint = tf.train.Checkpoint(model=model, optimizer=model.optimizer)
manager = tf.train.CheckpointManager(checkpoint, os.path.join(folder, 'half'), max_to_keep=1)
model.fit(digits, epochs=3, verbose=0)
manager.save()
report('half', model)
model.fit(digits, epochs=3, verbose=0)
report('whole', model)

# Another model, which starts elsewhere, takes over from the checkpoint.
resumed = new_model(seed=100)
print(f'resumed_difference_before: {apart(model, resumed):.6f}')
again = tf.train.Checkpoint(model=resumed, optimizer=resumed.optimizer)
status = again.restore(manager.latest_checkpoint)
report('restored', resumed)
resumed.fit(digits, epochs=3, verbose=0)
status.assert_consumed()  # by now the optimizer has its variables too
report('resumed', resumed)
print(f'resumed_steps: {resumed.optimizer.iterations.numpy()}')
print(f'resumed_difference: {apart(model, resumed):.6f}')

# The weights alone, in one file.
weights_file = os.path.join(folder, 'weights.h5')
model.save_weights(weights_file)
copy = new_model(seed=200)
copy.load_weights(weights_file)
print(f'weights_difference: {apart(model, copy):.6f}')

# The model with all that belongs to it.
model.save(os.path.join(folder, 'saved_model'))
loaded = tf.keras.models.load_model(os.path.join(folder, 'saved_model'))
report('saved_model', loaded)
print(f'saved_model_difference: {apart(model, loaded):.6f}')
print('saved_model_layers:', ' '.join(layer.name for layer in loaded.layers))

shutil.rmtree(folder)
