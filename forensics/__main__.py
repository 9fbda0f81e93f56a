"""`forensics` and `python -m forensics`."""

import atexit
import gc
import os
import sys

_LIVING = 500_000  # objects of the libraries alone: looking at them again and again took a tenth of the time of ingest


def main() -> None:
    """Run one command and end with its exit code, at once: taking libraries to pieces again takes a quarter second."""
    gc.set_threshold(_LIVING, 50, 100)
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # sums depend on no number of threads, and none is started to wait
    from forensics.cli.app import run

    code = run(sys.argv[1:])
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        sys.exit(code)  # the interpreter says what became of the rest
    atexit._run_exitfuncs()  # noqa: SLF001 - temporary folders go
    os._exit(code)


if __name__ == "__main__":
    main()
