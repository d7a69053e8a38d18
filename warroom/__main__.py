"""`python -m warroom`: the same as the `warroom` command."""

import os
import sys

import warroom

# `-m` looks for modules in the working directory first: in a data directory a service's folder `secrets` would stand
# before Python's own.
_HERE = os.getcwd()  # noqa: PTH109 - pathlib would be looked for there too
if not warroom.__file__.startswith(os.path.join(_HERE, "")):  # noqa: PTH118
    sys.path[:] = [one for one in sys.path if one not in ("", _HERE)]

from warroom.cli.main import main  # noqa: E402 - not before that

main()
