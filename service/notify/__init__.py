"""Who is told: route -> dedup -> send -> retry -> record. A slow receiver delays nobody else."""
