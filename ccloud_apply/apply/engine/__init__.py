"""Carries out a plan: which steps are free, how one is sent, what its end means for others."""
