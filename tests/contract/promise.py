"""A test is a promise: a sentence, and a function that fails when it is broken.

The order of the file is the order of the run. A promise may be a coroutine.
"""

import asyncio
import inspect
import time
import traceback

PROMISES = []


def promise(sentence):
    """Registers the function below as the test of this sentence."""

    def register(function):
        PROMISES.append((sentence, function))
        return function

    return register


def run_all(simulator, only=""):
    """Runs every promise whose sentence holds the word; prints each as a sentence; returns how many failed."""
    passed = failed = 0
    for sentence, function in PROMISES:
        if only not in sentence:
            continue
        started = time.monotonic()
        try:
            outcome = function(simulator)
            if inspect.isawaitable(outcome):
                asyncio.run(outcome)
            passed += 1
            print(f"ok      {sentence} ({time.monotonic() - started:.1f} s)", flush=True)
        except Exception:  # whatever a client throws is the promise broken
            failed += 1
            print(f"FAILED  {sentence}", flush=True)
            print("        " + traceback.format_exc().replace("\n", "\n        "), flush=True)
    print(f"{passed} passed, {failed} failed")
    return failed if passed + failed else 1
