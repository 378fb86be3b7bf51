"""The sites of a layout in, out comes when each runs, who calls it, what starts the service and what a cache spares."""
