"""From the newest frames of many cameras to one array that the engine takes."""
