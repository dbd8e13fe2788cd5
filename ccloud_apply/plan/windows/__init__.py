"""When a policy lets changes happen: windows and freezes."""
