"""The whole system on one machine: build, emulator, deployment, devices, one origin. Never part of what is packaged."""
