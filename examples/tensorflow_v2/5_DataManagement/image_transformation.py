"""Image transformations: tf.image on a photograph that is none, and on digits.

What it shows: turning, mirroring, cutting, scaling, changing brightness, contrast
and colour, finding edges, and writing a PNG and reading it back, each on a small
colour image that is painted below, and some of them on handwritten digits within a
tf.data pipeline.

Written for TensorFlow 2.3.4. The colour image is a formula; the digits are those of
examples/data. Where a transformation draws numbers, it has a seed.

It prints, for each result, its size, the mean, and a weighted sum that tells where
things are; how alike two images are; and how far a simple classifier still
recognises digits that were moved, blurred by scaling, made bolder or mirrored.
"""
import os
import random
import sys

import numpy as np
import tensorflow as tf

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import input_data

random.seed(5)
np.random.seed(5)
tf.random.set_seed(5)
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)

# A sunset, 24 high and 32 wide: sky from blue to orange, a disc, dark water.
down, across = np.mgrid[0:24, 0:32].astype(np.float32)
sky = np.stack([0.2 + 0.03 * down, 0.3 + 0.01 * down, 0.8 - 0.025 * down], axis=-1)
sky[(down - 12) ** 2 + (across - 9) ** 2 < 20] = [1.0, 0.8, 0.2]
sky[18:] *= 0.4
sunset = tf.constant(np.clip(sky, 0.0, 1.0))


def show(name, image):
    numbers = image.numpy().astype(np.float64)
    place = np.arange(1, numbers.size + 1).reshape(numbers.shape) / numbers.size
    size = 'x'.join(str(n) for n in numbers.shape)
    print(f'{name}: {size} {numbers.mean():.6f} {(numbers * place).mean():.6f}')


show('sunset', sunset)
show('mirrored', tf.image.flip_left_right(sunset))
show('upside_down', tf.image.flip_up_down(sunset))
show('turned', tf.image.rot90(sunset))
show('transposed', tf.image.transpose(sunset))
show('middle', tf.image.central_crop(sunset, 0.5))
show('framed', tf.image.resize_with_crop_or_pad(sunset, 40, 28))
show('sun_only', tf.image.crop_to_bounding_box(sunset, 7, 4, 10, 10))
for method in ('nearest', 'bilinear', 'bicubic', 'area'):
    show(f'scaled_{method}', tf.image.resize(sunset, [36, 20], method=method))
show('letterboxed', tf.image.resize_with_pad(sunset, 30, 30))
show('brighter', tf.image.adjust_brightness(sunset, 0.1))
show('contrast', tf.image.adjust_contrast(sunset, 1.5))
show('gamma', tf.image.adjust_gamma(sunset, 0.5))
show('hue', tf.image.adjust_hue(sunset, 0.25))
show('pale', tf.image.adjust_saturation(sunset, 0.4))
show('grey', tf.image.rgb_to_grayscale(sunset))
show('hsv', tf.image.rgb_to_hsv(sunset))
show('standardised', 0.5 + 0.2 * tf.image.per_image_standardization(sunset))
show('edges', tf.image.sobel_edges(sunset[tf.newaxis]))
show('random_crop', tf.image.random_crop(sunset, [12, 12, 3], seed=6))
show('random_brightness', tf.image.random_brightness(sunset, 0.3, seed=7))

there_and_back = tf.image.hsv_to_rgb(tf.image.rgb_to_hsv(sunset))
print(f'hsv_round_trip: {tf.reduce_max(tf.abs(there_and_back - sunset)).numpy():.4f}')
as_bytes = tf.image.convert_image_dtype(sunset, tf.uint8)
png = tf.image.decode_png(tf.image.encode_png(as_bytes))
print('png_same:', bool(tf.reduce_all(png == as_bytes)))
blurred = tf.image.resize(tf.image.resize(sunset, [12, 16]), [24, 32])
print(f'psnr_blurred: {tf.image.psnr(sunset, blurred, max_val=1.0).numpy():.4f}')
print(f'ssim_blurred: {tf.image.ssim(sunset, blurred, max_val=1.0).numpy():.6f}')
print(f'variation: {tf.image.total_variation(sunset).numpy():.4f}')
print(f'variation_blurred: {tf.image.total_variation(blurred).numpy():.4f}')

# Digits: each belongs to the class whose mean image points the same way most nearly.
(x_train, y_train), (x_test, y_test) = input_data.load_data()
means = np.stack([x_train[y_train == digit].mean(axis=0).ravel() for digit in range(10)])
means -= means.mean(axis=1, keepdims=True)
means /= np.linalg.norm(means, axis=1, keepdims=True)
changes = {
    'plain': lambda image: image,
    'moved': lambda image: tf.image.pad_to_bounding_box(image[:-2, :-2], 2, 2, 28, 28),
    'scaled': lambda image: tf.image.resize(tf.image.resize(image, [7, 7], antialias=True),
                                            [28, 28]),
    'bolder': lambda image: tf.image.adjust_gamma(image, 0.3),  # grey edges become ink
    'mirrored': tf.image.flip_left_right,
}
for name, change in changes.items():
    digits = tf.data.Dataset.from_tensor_slices(x_test[..., np.newaxis]).map(change)
    pixels = next(iter(digits.batch(len(x_test)))).numpy().reshape(len(x_test), -1)
    print(f'accuracy_{name}: {np.mean(np.argmax(pixels.dot(means.T), axis=1) == y_test):.4f}')
