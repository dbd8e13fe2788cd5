"""Before a server is created: what earlier runs and others have created is accounted for."""
