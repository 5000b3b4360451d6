"""From a camera, stream or file to its newest picture, for ever."""
