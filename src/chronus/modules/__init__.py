"""The instrument: one module a file, one idea each, in folders by kind."""
