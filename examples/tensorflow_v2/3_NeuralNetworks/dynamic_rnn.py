"""Sequences of unequal length: has the lift been as high as the third floor?

What it shows: ragged sequences padded to one length, a Masking layer that makes
the GRU behind it pass over the padding, and a loop of train_on_batch.

Written for TensorFlow 2.3.4. The journeys are generated: a lift starts on the
ground floor (0) and goes up or down by one or two floors, 3 to 12 times. The
network sees the moves only, and must keep the floor in mind.

It prints the loss as it falls, the accuracy on journeys kept aside beside that
of always guessing the commoner answer, the accuracy for short and long
journeys, and whether further padding changes the answers.
"""
# Twelve recurrent steps in each of 320 batches: about 6 s of CPU, not 3.
import random

import numpy as np
import tensorflow as tf
from tensorflow.keras import layers

random.seed(61)
np.random.seed(61)
tf.random.set_seed(61)
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)

SHORTEST, LONGEST, FLOOR = 3, 12, 3
PADDING = 9.0  # no move of the lift
JOURNEYS, TEST, BATCH, EPOCHS = 2000, 500, 50, 8


def journey():
    length = np.random.randint(SHORTEST, LONGEST + 1)
    moves = np.random.choice([-2, -1, 1, 2], size=length)
    return moves.tolist(), int(np.cumsum(moves).max() >= FLOOR)


moves, answers = zip(*[journey() for _ in range(JOURNEYS + TEST)])
ragged = tf.ragged.constant(moves, dtype=tf.float32)
lengths = ragged.row_lengths().numpy()
padded = ragged.to_tensor(default_value=PADDING)[..., tf.newaxis].numpy()
answers = np.array(answers, np.float32)
train_x, test_x = padded[:JOURNEYS], padded[JOURNEYS:]
train_y, test_y = answers[:JOURNEYS], answers[JOURNEYS:]
test_lengths = lengths[JOURNEYS:]
print(f'shape: {list(padded.shape)}')
print(f'moves: {lengths.sum()}')

model = tf.keras.Sequential([
    layers.Masking(mask_value=PADDING, input_shape=(None, 1)),
    layers.GRU(16),
    layers.Dense(1, activation='sigmoid'),
])
model.compile(optimizer=tf.keras.optimizers.Adam(0.01), loss='binary_crossentropy',
              metrics=['accuracy'])

for epoch in range(1, EPOCHS + 1):
    model.reset_metrics()  # from here on the loss is the mean of this epoch so far
    order = np.random.permutation(JOURNEYS)
    for start in range(0, JOURNEYS, BATCH):
        pick = order[start:start + BATCH]
        loss, _ = model.train_on_batch(train_x[pick], train_y[pick], reset_metrics=False)
    if epoch in (1, 2, 4, EPOCHS):
        print(f'loss_epoch_{epoch}: {loss:.6f}')

chances = model.predict(test_x, batch_size=TEST)[:, 0]
right = (chances > 0.5) == (test_y > 0.5)
test_loss = tf.keras.losses.binary_crossentropy(test_y, chances).numpy()
print(f'test_loss: {test_loss:.6f}')
print(f'test_accuracy: {right.mean():.4f}')
print(f'accuracy_of_guessing: {max(test_y.mean(), 1 - test_y.mean()):.4f}')
print(f'accuracy_short: {right[test_lengths <= 6].mean():.4f}')
print(f'accuracy_long: {right[test_lengths > 6].mean():.4f}')

longer = np.pad(test_x, [(0, 0), (0, 8), (0, 0)], constant_values=PADDING)
same = np.allclose(model.predict(longer, batch_size=TEST)[:, 0], chances, atol=1e-5)
print(f'padding_changes_answers: {not same}')
for i in range(3):
    print(f'journey_{i}:', ' '.join(f'{move:+d}' for move in moves[JOURNEYS + i]))
    print(f'journey_{i}_answer: {test_y[i]:.0f}')
    print(f'journey_{i}_chance: {chances[i]:.6f}')
