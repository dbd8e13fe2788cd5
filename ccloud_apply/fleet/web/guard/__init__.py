"""What holds for every request, whoever sends it: headers, host names, sizes, forged forms."""
