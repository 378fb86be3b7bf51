"""Shell text: commands in, what they print, swallow or join by mistake out."""
