"""`crushwatch count`: how many people are in a picture, a folder of pictures, a video or a stream."""
