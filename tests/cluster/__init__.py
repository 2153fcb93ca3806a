"""A real Kubernetes for the tests, on any Linux machine, without Docker.

Programs are built once from Go modules (`binaries`), started as plain processes on loopback (`controlplane`)
and given fake nodes (`fakenodes`) or one real one (`node`). Tests ask for a cluster through the fixtures of
`plugin`. Nothing here imports the product: a test cluster that knew Leadline could hide its mistakes.
"""
