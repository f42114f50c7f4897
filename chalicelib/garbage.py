"""No look for garbage while the code is imported: there is none, and looking is a sixth of a cold start."""

import gc

gc.disable()


def collect_again() -> None:
    """Collect garbage from now on, leaving alone what was imported: it stays as long as the process."""
    gc.freeze()
    gc.enable()
