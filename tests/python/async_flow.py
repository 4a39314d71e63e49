"""Coroutines, which wait for each other and are resumed by a loop."""
import asyncio


async def step(n):
    await asyncio.sleep(0)
    return n + 1


async def ticker(n):
    for i in range(n):
        await asyncio.sleep(0.001)
        yield i


class Resource:
    async def __aenter__(self):
        await asyncio.sleep(0)
        return self

    async def __aexit__(self, *error):
        await step(1)
        return False


async def worker(name, n):
    total = 0
    for i in range(n):
        total += await step(i)
    async with Resource():
        async for tick in ticker(3):
            total += tick
    values = [x async for x in ticker(2) if x]
    try:
        await asyncio.wait_for(asyncio.sleep(5), timeout=0.01)
    except asyncio.TimeoutError:
        total += len(name) + len(values)
    return total


async def main():
    results = await asyncio.gather(
        worker("one", 3),
        worker("three", 4),
        return_exceptions=True,
    )
    print(results)
    task = asyncio.create_task(worker("gone", 2))
    await asyncio.sleep(0)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        print("cancelled")


asyncio.run(main())
