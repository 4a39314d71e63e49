"""Fits a linear regression."""
from sklearn.datasets import make_regression
from sklearn.linear_model import LinearRegression


def main():
    x, y = make_regression(n_samples=30000, n_features=80, noise=1.0, random_state=1)
    model = LinearRegression()
    for _ in range(6):
        model.fit(x, y)
    print(model.coef_.shape)


main()
