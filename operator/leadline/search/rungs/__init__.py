"""What hyperband and asha have in common: resources, rungs, who is promoted, and where new configurations come from."""
