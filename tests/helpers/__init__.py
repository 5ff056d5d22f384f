"""Problems, oracles and stand-ins that the tests share."""
