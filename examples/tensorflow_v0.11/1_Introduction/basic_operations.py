"""Basic operations: the accounts of a small bakery, node by node.

What it shows: arithmetic on fed numbers, what division does to whole numbers,
matrices, cutting tensors and joining them, choosing by a condition, and a
variable that remembers from one run to the next.

Written for TensorFlow 0.12.1. Nothing here draws random numbers.

It prints the exact result of each operation under a name of its own.
"""
from __future__ import print_function

import numpy as np
import tensorflow as tf


def show(name, values, form='%d'):
    """Print a tensor of any shape on one line, row after row."""
    print('%s: %s' % (name, ' '.join(form % number for number in np.ravel(values))))


# Numbers that are known only when the graph runs.
baked = tf.placeholder(tf.int32, [], name='baked')
sold = tf.placeholder(tf.int32, [], name='sold')
left = tf.sub(baked, sold)
takings = tf.mul(sold, 3)
owed = tf.neg(tf.mul(left, 2))

# A dozen is twelve: how many full boxes, how many loaves over? And below zero?
boxes, over = tf.div(sold, 12), tf.mod(sold, 12)
below, share = tf.div(owed, 12), tf.truediv(owed, 12)

# Three days of four sorts (rows are days), the price of each sort in cents.
counts = tf.constant([[12, 7, 20, 3], [9, 11, 18, 5], [15, 4, 25, 8]], name='counts')
prices = tf.constant([[250], [310], [80], [420]], name='prices')
income = tf.matmul(counts, prices)
best_day = tf.argmax(tf.reshape(income, [-1]), 0)
by_sort = tf.reduce_sum(counts, reduction_indices=0)
by_day = tf.reduce_sum(counts, reduction_indices=[1], keep_dims=True)

# Cut the table between the sorts, take the halves and the days apart, join them again.
breads, cakes = tf.split(1, 2, counts)
swapped = tf.concat(1, [cakes, breads])
days = tf.unpack(counts)
backwards = tf.pack([days[2], days[1], days[0]])

# Where fewer than ten were sold, two more are baked the next day; else a tenth more.
plan = tf.select(tf.less(counts, 10), tf.fill([3, 4], 2), tf.div(counts, 10))

# Two recipes share flour and butter: 3a + 2b = 19, a + 4b = 23.
recipe = tf.constant([[3.0, 2.0], [1.0, 4.0]])
stock = tf.constant([[19.0], [23.0]])
batches = tf.matmul(tf.matrix_inverse(recipe), stock)
size = tf.matrix_determinant(recipe)

# A till that keeps its sum between runs.
till = tf.Variable(100, name='till')
put_in = tf.assign_add(till, takings)

config = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
with tf.Session(config=config) as sess:
    sess.run(tf.initialize_all_variables())
    monday = {baked: 50, sold: 43}
    for name, node in [('left', left), ('takings', takings), ('owed', owed), ('boxes', boxes),
                       ('over', over), ('below_divided', below)]:
        show(name, sess.run(node, feed_dict=monday))
    show('below_exactly', sess.run(share, feed_dict=monday), '%.6f')

    for name, node in [('income_cents', income), ('best_day', best_day), ('by_sort', by_sort),
                       ('by_day', by_day), ('breads', breads), ('swapped', swapped),
                       ('backwards', backwards), ('plan', plan)]:
        show(name, sess.run(node))
    print('by_day_shape: %s' % by_day.get_shape())
    show('determinant', sess.run(size), '%.4f')
    show('batches', sess.run(batches), '%.4f')

    for day, number in enumerate([43, 38, 52], 1):
        sess.run(put_in, feed_dict={sold: number})
        print('till_after_day_%d: %d' % (day, till.eval()))
