"""Multiplies two matrices and adds two numbers."""
import numpy as np


def multiply(n):
    rng = np.random.default_rng(1)
    a = rng.random((n, n))
    b = rng.random((n, n))
    return a @ b


def add(a, b):
    return a + b


def main():
    product = multiply(1000)
    total = add(1, 2)
    for i in range(10):
        total = add(total, i)
    print(product.shape, total)


main()
