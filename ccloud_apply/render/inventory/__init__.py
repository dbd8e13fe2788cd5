"""The inventory in its formats: for people, for Ansible, ssh, Prometheus and spreadsheets."""
