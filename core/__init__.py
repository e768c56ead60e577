"""What every room rests on: runs, audit events, refusals, rendering."""
