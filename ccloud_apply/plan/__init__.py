"""Stack and account to plan: match, compare, order, guard. No I/O, no clock."""
