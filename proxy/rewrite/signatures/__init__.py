"""How signed requests are signed: algorithms only, no clock, no configuration. One file a scheme."""
