"""Basic operations: the accounts of a market stall, added up in one graph.

What it shows: constants, placeholders and variables; arithmetic that broadcasts;
reductions, products, selections and a branch; an update that must come first; and
that a session computes only what it is asked for, with any tensor replaced by a
value that is fed instead.

Written for TensorFlow 1.12.3. The sales are typed in; nothing draws random numbers.

It prints the exact results, one name a line.
"""
from __future__ import print_function

import tensorflow as tf

GOODS = ['apples', 'pears', 'plums']
# Kilograms sold: a row for each kind of fruit, a column for each day.
WEEK = [[12, 7, 0, 15], [4, 9, 6, 8], [10, 0, 3, 21]]
QUIET_WEEK = [[1, 0, 2, 1], [0, 0, 1, 0], [3, 1, 0, 2]]

sold = tf.placeholder(tf.int32, shape=[3, 4], name='sold')
price = tf.constant([1.5, 2.25, 3.0], name='price')
till = tf.Variable(100.0, name='till')

# Arithmetic: integers stay integers until they are cast, shapes stretch to fit.
crates = tf.floordiv(sold, 5)
loose = tf.mod(sold, 5)
money = tf.to_float(sold) * tf.expand_dims(price, 1)

# Reductions, a product of matrices, and a running total.
by_day = tf.reduce_sum(money, axis=0)
by_day_matmul = tf.matmul(tf.reshape(price, [1, 3]), tf.to_float(sold))
share = tf.reduce_sum(money, axis=1) / tf.reduce_sum(money)
running = tf.cumsum(by_day)
backwards = tf.scan(lambda so_far, day: so_far * 0.5 + day, by_day, reverse=True)

# Selections: by position, by rank, by condition.
best_day = tf.argmax(by_day, axis=0)
top_values, top_days = tf.nn.top_k(by_day, k=2)
unsold = tf.where(tf.equal(sold, 0))
capped = tf.where(sold > 9, tf.fill([3, 4], 9), sold)
busy = tf.boolean_mask(by_day, by_day > tf.reduce_mean(by_day))
table = tf.concat([tf.stack([tf.range(4), top_days[0] - tf.range(4)]), sold[:2]], axis=0)

# A branch, of which only one side runs; and a till that is filled before it is read.
bonus = tf.cond(tf.reduce_sum(by_day) > 50.0,
                lambda: tf.reduce_max(by_day) * 0.1, lambda: tf.constant(0.0))
fill = tf.assign_add(till, tf.reduce_sum(by_day))
with tf.control_dependencies([fill]):
    after = tf.identity(till.read_value(), name='after')


def show(name, values, form='%d'):
    print('%s: %s' % (name, ' '.join(form % value for value in values.ravel())))


config = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
with tf.Session(config=config) as sess:
    sess.run(tf.global_variables_initializer())
    feed = {sold: WEEK}
    show('crates', sess.run(crates, feed))
    show('loose', sess.run(loose, feed))
    for fruit, amounts in zip(GOODS, sess.run(money, feed)):
        show('money_%s' % fruit, amounts, '%.2f')
    show('by_day', sess.run(by_day, feed), '%.2f')
    show('by_day_matmul', sess.run(by_day_matmul, feed), '%.2f')
    show('share', sess.run(share, feed), '%.6f')
    show('running', sess.run(running, feed), '%.2f')
    show('backwards', sess.run(backwards, feed), '%.5f')
    print('best_day: %d' % sess.run(best_day, feed))
    ranked = sess.run({'values': top_values, 'days': top_days}, feed)
    show('top_values', ranked['values'], '%.2f')
    show('top_days', ranked['days'])
    show('unsold_at', sess.run(unsold, feed))
    show('capped', sess.run(capped, feed))
    show('busy', sess.run(busy, feed), '%.2f')
    show('table', sess.run(table, feed))

    # The variable keeps its value from one run to the next.
    for week, sales in enumerate([WEEK, QUIET_WEEK, WEEK], 1):
        print('bonus_week_%d: %.3f' % (week, sess.run(bonus, {sold: sales})))
        print('till_week_%d: %.2f' % (week, sess.run(after, {sold: sales})))
    print('till_read: %.2f' % sess.run(till))

    # Any tensor may be fed: the days' money is given, so no sales are needed.
    show('running_fed', sess.run(running, {by_day: [1.0, 2.0, 3.0, 4.0]}), '%.2f')

print('operations_of_kind_sum: %d'
      % sum(op.type == 'Sum' for op in tf.get_default_graph().get_operations()))
