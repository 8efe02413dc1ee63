"""Basic operations: a small bakery's week, reckoned with tensors.

What it shows: arithmetic between tensors and with broadcasting, reductions,
matrix products, types and casts, slicing and choosing, variables, and the
derivative of a plain Python function by GradientTape, all executed eagerly.

Written for TensorFlow 2.3.4. The numbers are typed in; nothing is random.

It prints the exact result of each operation, one a line; rows of a table are
separated by semicolons.
"""
import tensorflow as tf

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)


def show(name, tensor):
    """Print a tensor of rank 0, 1 or 2 on one line."""
    def word(value):
        return f'{value:.6f}' if tensor.dtype.is_floating else str(value)

    tensor = tf.convert_to_tensor(tensor)
    if tensor.shape.rank == 2:
        print(f'{name}:', '; '.join(' '.join(map(word, row)) for row in tensor.numpy().tolist()))
    elif tensor.shape.rank == 1:
        print(f'{name}:', ' '.join(map(word, tensor.numpy().tolist())))
    else:
        print(f'{name}:', word(tensor.numpy().item()))


# Constants: three kinds of bread on four days, a price each.
sold = tf.constant([[12, 30, 7], [15, 28, 9], [11, 35, 4], [20, 41, 12]])
price = tf.constant([3.5, 0.6, 4.25])
print('sold_type:', sold.dtype.name)
print('sold_shape:', sold.shape.as_list())

# Arithmetic on whole numbers: Python's operators and the functions behind them.
a, b = tf.constant(17), tf.constant(5)
show('sum', a + b)
show('difference', tf.subtract(a, b))
show('product', tf.multiply(a, b))
show('quotient', a / b)  # true division: float64
show('floor_quotient', a // b)
show('remainder', tf.math.floormod(a, -b))
show('power', a ** b)

# Types do not mix by themselves: whole numbers must be cast first.
try:
    sold * price
except tf.errors.InvalidArgumentError as error:
    print('without_cast:', type(error).__name__)
takings = tf.cast(sold, tf.float32) * price  # broadcast: the prices meet every row
show('takings', takings)

# Reductions along an axis, and over everything.
show('takings_by_day', tf.reduce_sum(takings, axis=1))
show('most_by_kind', tf.reduce_max(sold, axis=0))
show('best_day', tf.argmax(tf.reduce_sum(sold, axis=1)))
show('running_total', tf.cumsum(sold[:, 0]))
show('mean_taking', tf.reduce_mean(takings))
show('spread', tf.math.reduce_std(takings))

# Matrix products: the takings of a day are a product too.
column = tf.matmul(tf.cast(sold, tf.float32), price[:, tf.newaxis])
show('same_by_matmul', tf.reduce_all(tf.abs(column[:, 0] - tf.reduce_sum(takings, 1)) < 1e-3))
square = tf.constant([[2.0, 1.0], [1.0, 3.0]])
show('transposed', tf.transpose(sold))
show('determinant', tf.linalg.det(square))
show('solution', tf.linalg.solve(square, [[5.0], [10.0]])[:, 0])
show('by_einsum', tf.einsum('ij,jk->ik', square, square))

# Choosing: slices, indices, masks, conditions.
show('last_two_days', sold[-2:, ::2])
show('first_and_last', tf.gather(sold, [0, 3]))
show('busy_days', tf.boolean_mask(sold, sold[:, 1] > 29))
show('capped', tf.where(sold > 20, 20, sold))
show('sorted', tf.sort(sold[:, 2], direction='DESCENDING'))
stacked = tf.concat([sold, tf.reduce_sum(sold, axis=0, keepdims=True)], axis=0)
show('with_totals', stacked)
parts = tf.split(tf.range(6), 3)
show('stacked', tf.stack(parts, axis=1))

# Variables keep their place and change their value.
till = tf.Variable(100.0)
till.assign_add(tf.reduce_sum(takings[0]))
till.assign_sub(40.0)
show('till', till)

# Derivatives: the profit at a price p, and the price at which it no longer grows.
p = tf.Variable(2.0)
with tf.GradientTape() as outer:
    with tf.GradientTape() as inner:
        profit = (p - 1.2) * (60.0 - 10.0 * p)
    slope = inner.gradient(profit, p)
curve = outer.gradient(slope, p)
show('profit', profit)
show('slope', slope)
show('curve', curve)
show('best_price', p - slope / curve)
