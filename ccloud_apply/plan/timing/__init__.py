"""How long servers are down and an apply takes, by what the account's own tasks tell."""
