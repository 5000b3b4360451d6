"""One script a question; `make bench` asks them all and appends the answers to docs/benchmarks.md with the machine."""
