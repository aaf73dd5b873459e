"""OSC over UDP: `codec` reads and writes datagrams, `inbox` keeps them, fairly and bounded, until the commands get to them."""
