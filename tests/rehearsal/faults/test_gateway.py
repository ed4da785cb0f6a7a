"""The server that imitates a gateway with a fault."""

from onboarding.rehearsal.faults.gateway import Fault, FaultyGateway


def test_the_port_is_free_after_the_block(identities):
    """A second gateway can listen on the port of a closed gateway."""
    with FaultyGateway(Fault("x", "."), identities) as first:
        port = first.port
    with FaultyGateway(Fault("x", "."), identities, port=port) as second:
        assert second.port == port
