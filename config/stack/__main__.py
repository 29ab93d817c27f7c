"""`python -m config.stack` runs the stack; `python -m config.stack stop` stops the embedded servers."""

import sys

from config.stack import StackError, stop
from config.stack.console import complain
from config.stack.supervisor import main

if __name__ == "__main__":
    if sys.argv[1:] == ["stop"]:
        try:
            stop()
        except StackError as error:
            complain(str(error))
            sys.exit(1)
    else:
        sys.exit(main(sys.argv[1:]))
