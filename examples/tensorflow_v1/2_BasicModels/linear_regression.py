"""Linear regression: what a house uses for heating, from its size and the cold.

What it shows: a dense layer without activation is a linear model; tf.losses
gives the loss, an optimizer the training operation, a session runs it on small
batches fed through placeholders.

Written for TensorFlow 1.12.3. The houses are generated below, from coefficients
that are known, with a little noise.

It prints the loss on the training houses as it falls, then each coefficient as
it was learnt beside the true one, and the loss and R squared on houses that were not trained on.
"""
from __future__ import print_function

import random

import numpy as np
import tensorflow as tf

random.seed(12)
np.random.seed(12)
tf.set_random_seed(12)

# Floor area in 100 square metres, degrees below 20 in tens; kWh a day.
TRUE_AREA, TRUE_COLD, TRUE_BASE = 14.0, 9.0, 5.0
houses = np.random.uniform([0.5, 0.0], [2.0, 3.0], size=(250, 2)).astype(np.float32)
use = houses.dot(np.array([[TRUE_AREA], [TRUE_COLD]])) + TRUE_BASE
use = (use + np.random.normal(0.0, 1.0, size=use.shape)).astype(np.float32)
train_x, test_x = houses[:200], houses[200:]
train_y, test_y = use[:200], use[200:]

epochs, batch = 60, 20

x = tf.placeholder(tf.float32, shape=[None, 2], name='houses')
y = tf.placeholder(tf.float32, shape=[None, 1], name='use')

guess = tf.layers.dense(x, units=1, name='heating',
                        kernel_initializer=tf.random_normal_initializer(stddev=0.5, seed=3))
loss = tf.losses.mean_squared_error(labels=y, predictions=guess)
spread = tf.reduce_mean(tf.squared_difference(y, tf.reduce_mean(y)))
r_squared = 1.0 - loss / spread

global_step = tf.train.get_or_create_global_step()
rate = tf.train.exponential_decay(0.1, global_step, decay_steps=200, decay_rate=0.5)
train_op = tf.train.GradientDescentOptimizer(rate).minimize(loss, global_step=global_step)
kernel, bias = tf.trainable_variables()

config = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
with tf.Session(config=config) as sess:
    sess.run(tf.global_variables_initializer())
    print('loss_epoch_0: %.6f' % sess.run(loss, feed_dict={x: train_x, y: train_y}))
    for epoch in range(1, epochs + 1):
        order = np.random.permutation(len(train_x))
        for start in range(0, len(order), batch):
            pick = order[start:start + batch]
            sess.run(train_op, feed_dict={x: train_x[pick], y: train_y[pick]})
        if epoch in (1, 5, 20):
            print('loss_epoch_%d: %.6f'
                  % (epoch, sess.run(loss, feed_dict={x: train_x, y: train_y})))
    last = sess.run(loss, feed_dict={x: train_x, y: train_y})
    test_loss, test_r2 = sess.run([loss, r_squared], feed_dict={x: test_x, y: test_y})
    weights, base, step = sess.run([kernel, bias, global_step])

print('steps: %d' % step)
print('loss_last: %.6f' % last)
print('area: %.6f' % weights[0, 0])
print('area_true: %.6f' % TRUE_AREA)
print('cold: %.6f' % weights[1, 0])
print('cold_true: %.6f' % TRUE_COLD)
print('base: %.6f' % base[0])
print('base_true: %.6f' % TRUE_BASE)
print('test_loss: %.6f' % test_loss)
print('test_r_squared: %.6f' % test_r2)
