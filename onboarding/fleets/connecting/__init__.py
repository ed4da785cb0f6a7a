"""The request and the connection that carries it: sockets, proxy, TLS, HTTP, deadlines."""
