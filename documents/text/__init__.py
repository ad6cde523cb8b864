"""What stands in stored files: read in a process of its own, so that no file can hurt anything but its own reading."""
