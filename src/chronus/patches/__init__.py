"""The patches that come with the instrument, one JSON file each; the `about` of each says how to play it."""
