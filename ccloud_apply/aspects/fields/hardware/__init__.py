"""What a server consists of: cores, memory, disks, addons, power."""
