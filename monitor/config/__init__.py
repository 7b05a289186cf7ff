"""The configuration: one YAML file, overrides and secrets from the environment, and errors that say where."""
