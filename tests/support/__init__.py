"""What the tests share: real services on free ports, sockets to speak raw protocol with."""
