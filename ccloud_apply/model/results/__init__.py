"""What commands find out: plans, costs, drift, rehearsals."""
