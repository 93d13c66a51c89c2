"""Media in and out: reading, writing, interpolation, upscaling, titles, sound, assembly."""
