"""Every network, trained for some minutes on a processor and measured beside what was published of it.

python -m bench.networks [NAME ...]   trains what is not trained yet, measures it, and writes docs/models.md's tables
python -m bench.networks --tables     only writes the tables, from bench/networks/figures.json
"""
