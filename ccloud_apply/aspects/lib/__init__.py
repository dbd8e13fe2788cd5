"""What several fields share; no field is named here, and no module here is one."""
