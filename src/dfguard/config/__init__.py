"""Settings: what the command line, the configuration files and the profile say, merged."""
