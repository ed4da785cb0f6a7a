"""The request and its connection: sockets, proxy, TLS, HTTP, deadlines."""
