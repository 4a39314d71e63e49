"""Programs in all the ways in which Python's control flows; each prints what it computes."""
import contextlib
import functools
import sys
import threading


def loops(n):
    """A docstring, which is no code,
	of two lines, one with a tab."""
    # A comment.
    total = 0
    for i in range(n):
        if i % 3 == 0:
            continue
        if i > 90:
            break
        total += i
    else:
        total = -1
    while total > 10:
        total //= 2
    return total


def one_line_loop(n):
    return [i * i for i in range(n) if i % 2]


def nested_comprehension(n):
    return {
        i: [j for j in range(i) if j % 2]
        for i in range(n)
        if i % 3
    }


def generator(n):
    for i in range(n):
        got = yield i
        if got:
            n += got
    return n


def delegating(n):
    first = yield from generator(n)
    second = yield from generator(2)
    return first + second


def consumer(n):
    total = 0
    for x in delegating(n):
        total += x
    return total


def closed_early(n):
    g = generator(n)
    next(g)
    g.send(3)
    g.close()
    with contextlib.suppress(KeyError):
        h = generator(5)
        next(h)
        h.throw(KeyError("thrown"))
    return sum(x for x in generator(n) if x % 2)


def raiser(n):
    if n == 0:
        raise ValueError("zero")
    return raiser(n - 1)


def catcher(n):
    caught = 0
    for i in range(n):
        try:
            raiser(i % 4)
        except KeyError:
            caught -= 1
        except ValueError as error:
            caught += len(str(error))
        else:
            caught += 100
        finally:
            caught += 1
    return caught


def fibonacci(n):
    if n < 2:
        return n
    return fibonacci(n - 1) + fibonacci(n - 2)


def even(n): return True if n == 0 else odd(n - 1)
def odd(n): return False if n == 0 else even(n - 1)


class Managed:
    """What a class's docstring is: an assignment."""

    limit = 7
    names = [name for name in ("a", "b")]

    def __init__(self, start):
        self.value = start

    def __enter__(self):
        self.value += 1
        return self

    def __exit__(self, *error):
        self.value -= 1
        return error[0] is not None

    @property
    def doubled(self):
        return 2 * self.value

    @classmethod
    def of(cls, *values):
        return [cls(v) for v in values]

    @staticmethod
    def helper(a, b=3):
        return a + b


def managing(n):
    total = 0
    with Managed(n) as outer, Managed(n + 1) as inner:
        total = outer.value + inner.doubled
        raise RuntimeError
    for m in Managed.of(1, 2, 3):
        total += m.doubled + Managed.helper(m.value)
    return total


def logged(prefix):
    def decorate(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            result = function(*args, **kwargs)
            return prefix, result
        return wrapper
    return decorate


@logged("a")
@logged(
    "b"
)
def decorated(
    x,
    y=2,
):
    z = (x
         + y
         +
         1)
    return z


@functools.lru_cache(maxsize=None)
def cached(n):
    return n if n < 2 else cached(n - 1) + cached(n - 2)


def lambdas(n):
    add = lambda a, b: a + b
    ordered = sorted(range(n), key=lambda x: (x % 5,
                                              -x))
    return functools.reduce(add, ordered, 0)


def outer(n):
    count = 0

    def inner(k):
        nonlocal count
        count += k
        return count

    for i in range(n):
        inner(i)
    return count


def matching(value):
    match value:
        case [x, y]:
            return x + y
        case {"key": found}:
            return found
        case str() as text if text:
            return len(text)
        case _:
            return None


def multi_line_call(n):
    result = max(
        n,
        fibonacci(
            5
        ),
        key=lambda v: v,
    )
    text = """
    %d
    """ % result
    assert text, \
        "never"
    return text


def long_table(n):
    return {
        0: "a", 1: "b",
        2: n + 1,
        3: n
           + 2,
    }[n % 4]


def threaded(n):
    results = []

    def work(k):
        total = 0
        for i in range(k):
            total += i
        results.append(total)

    threads = [threading.Thread(target=work, args=(n,)) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return sum(results)


def stringly(n):
    space = {}
    exec(compile("def made(x):\n    y = x\n    return y + 1\n", "<made function>", "exec"), space)
    code = compile("[made(i) for i in range(%d)]" % n, "<made>", "eval")
    return eval(code, space)


def umlaute_größe(länge):
    größe = "日本語" * länge
    return len(größe)


def deep(n):
    x = 0
    if n:
        if n > 1:
            if n > 2:
                x = 1
            elif n > 3:
                x = 2
        else:
            pass
    x = x or n; y = x; return y


def tail_of_loop(n):
    while True:
        n -= 1
        if n < 0: break
    for _ in range(2): pass
    return n


def nothing():
    pass


def main():
    print(loops(200), one_line_loop(10), nested_comprehension(9))
    print(consumer(6), closed_early(5), catcher(13), fibonacci(9), even(11))
    print(managing(4), decorated(1), cached(8), lambdas(12), outer(5))
    print([matching(v) for v in ([1, 2], {"key": 3}, "text", "", 7)])
    print(multi_line_call(3), [long_table(n) for n in range(5)], threaded(50), stringly(4))
    print(umlaute_größe(3), [deep(n) for n in range(5)], tail_of_loop(4), nothing())


if __name__ == "__main__":
    main()
    sys.exit(0)
