"""Text -> Stack. Pure: no file, no network, no clock; what has to be looked up is passed in."""
