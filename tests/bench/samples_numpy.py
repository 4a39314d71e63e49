# SPDX-License-Identifier: GPL-2.0-or-later
"""Work for native code below Python: products and sorting of matrices."""
import numpy
matrix = numpy.random.default_rng(1).random((200, 200))
while True:
    for turn in range(10):
        matrix = numpy.sort(matrix @ matrix.T, axis=0) / 1e4
    sum(x * x for x in range(10000))
