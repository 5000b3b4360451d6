"""The science: datasets, targets, networks, losses, training, evaluation, localisation and export.

What a researcher imports. It knows no camera, no Redis and no web, and imports no other room; only
`crushwatch.errors` and `crushwatch.heads` are shared. Importing this package does not load torch: its modules do.
"""
