"""Handlers of disks, drives, boot order and snapshots."""
