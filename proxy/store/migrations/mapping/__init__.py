"""Migrations of the mapping."""
