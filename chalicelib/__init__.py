"""The cloud: api and workers call services, services ask the domain to decide and adapters to talk."""
