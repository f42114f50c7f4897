"""What can go wrong on the laptop in a way its user can mend; the message is one clear sentence."""


class LocalError(Exception):
    """Base of all errors whose message is meant for the person at the terminal."""


class BuildError(LocalError):
    """The template or the bundle cannot be made from what stands in the project."""


class PortTakenError(LocalError):
    """Another program listens where we want to."""


class EmulatorError(LocalError):
    """The local AWS did not start or went away."""


class DeployError(LocalError):
    """The stack was not created."""


class BadInputError(LocalError):
    """What was asked for does not exist or is not allowed."""
