"""The Dataset API: describe the data as a chain, pull batches from an iterator.

What it shows: tf.data in a graph with sessions. A one-shot iterator runs dry;
an initializable one is started again, with other data; a feedable one changes
between running iterators by a string handle. Chains are made of
from_tensor_slices, map, filter, zip, shuffle, repeat, batch and prefetch.

Written for TensorFlow 1.12.3. Digits: 2,000 to train, 500 to test.

It prints small batches of numbers that can be checked by hand; then the loss of a
network that trains on shifted digits, the test accuracy after every epoch, and
the accuracy for odd digits alone.
"""
from __future__ import print_function

import os
import sys

import numpy as np
import tensorflow as tf

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import input_data

tf.set_random_seed(77)
EPOCHS, BATCH = 5, 50
sess = tf.Session(config=tf.ConfigProto(intra_op_parallelism_threads=1,
                                        inter_op_parallelism_threads=1))

# 1. One-shot: squares of odd numbers beside their place in the row, until there are no more.
odd = tf.data.Dataset.range(12).filter(lambda n: tf.equal(n % 2, 1))
squares = tf.data.Dataset.zip((tf.data.Dataset.range(100), odd.map(lambda n: n * n)))
place, square = squares.batch(4).make_one_shot_iterator().get_next()
pulls = 0
try:
    while True:
        where, what = sess.run([place, square])
        print('squares_%d: %s' % (pulls, ' '.join('%d:%d' % pair for pair in zip(where, what))))
        pulls += 1
except tf.errors.OutOfRangeError:
    print('squares_pulls: %d' % pulls)

# 2. Initializable: the same chain, started twice, with a limit that is fed.
limit = tf.placeholder(tf.int64, [])
counting = tf.data.Dataset.range(limit).repeat(2).shuffle(10, seed=7).batch(20)
iterator = counting.make_initializable_iterator()
numbers = iterator.get_next()
for top in (4, 7):
    sess.run(iterator.initializer, {limit: top})
    print('shuffled_below_%d: %s' % (top, ' '.join('%d' % n for n in sess.run(numbers))))

# 3. Feedable: one network, three sources of digits.
digits = input_data.read_data_sets(one_hot=False)


def shifted(image, label):
    """Move a digit by up to two pixels each way, another way each time it comes along."""
    wide = tf.pad(tf.reshape(image, [28, 28]), [[2, 2], [2, 2]])
    return tf.reshape(tf.random_crop(wide, [28, 28], seed=13), [784]), label


train = tf.data.Dataset.from_tensor_slices((digits.train.images, digits.train.labels))
train = train.shuffle(2000, seed=14).repeat(EPOCHS).map(shifted)
train = train.batch(BATCH).prefetch(2)
test = tf.data.Dataset.from_tensor_slices((digits.test.images, digits.test.labels))
odd_test = test.filter(lambda image, label: tf.equal(label % 2, 1))
sources = {'train': train.make_one_shot_iterator(),
           'test': test.batch(100).make_initializable_iterator(),
           'odd': odd_test.batch(100).make_initializable_iterator()}
handles = {name: sess.run(source.string_handle()) for name, source in sources.items()}

handle = tf.placeholder(tf.string, [])
feed = tf.data.Iterator.from_string_handle(handle, train.output_types, train.output_shapes)
images, labels = feed.get_next()
hidden = tf.layers.dense(images, 80, activation=tf.nn.relu,
                         kernel_initializer=tf.glorot_uniform_initializer(seed=15))
scores = tf.layers.dense(hidden, 10, kernel_initializer=tf.glorot_uniform_initializer(seed=16))
loss = tf.losses.sparse_softmax_cross_entropy(labels, scores)
hit = tf.equal(tf.argmax(scores, 1), labels)
train_op = tf.train.AdamOptimizer(0.003).minimize(loss)


def hits_of(name):
    """Start a source again and return, for each of its digits, whether the network knew it."""
    sess.run(sources[name].initializer)
    hits = []
    while True:
        try:
            hits.extend(sess.run(hit, {handle: handles[name]}))
        except tf.errors.OutOfRangeError:
            return hits


sess.run(tf.global_variables_initializer())
print('accuracy_epoch_0: %.4f' % np.mean(hits_of('test')))
losses, epoch = [], 0
per_epoch = digits.train.num_examples // BATCH
while True:
    try:
        losses.append(sess.run([loss, train_op], {handle: handles['train']})[0])
    except tf.errors.OutOfRangeError:
        break
    if len(losses) % per_epoch == 0:
        epoch += 1
        print('loss_epoch_%d: %.6f' % (epoch, np.mean(losses[-per_epoch:])))
        print('accuracy_epoch_%d: %.4f' % (epoch, np.mean(hits_of('test'))))

known = hits_of('odd')
print('batches: %d' % len(losses))
print('odd_digits: %d' % len(known))
print('odd_accuracy: %.4f' % np.mean(known))
sess.close()
