"""The cluster body: the only code that talks to the API server, on plain dicts.

From the wire up: `config` logs in, `session` opens HTTP with it, `client` sends requests and maps every
failure once onto the tree in `errors`; `lease`, `recorder` and `logs` are built on the client. Nothing here
decides what happens to a search. Importing the package costs nothing: whoever needs a part imports it.
"""
