"""Tests of `ccloud_apply/render`."""
