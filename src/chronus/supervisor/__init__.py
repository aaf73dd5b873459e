"""Starts, watches and restarts all the others; touches no sample. The zygote lives here too: it forks what the supervisor asks for."""
