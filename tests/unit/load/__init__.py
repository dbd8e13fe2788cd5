"""Tests of `ccloud_apply/load`."""
