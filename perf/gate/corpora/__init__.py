"""Reports with planted patient data, by people who had not seen the gate's rules; `perf.gate.reports` measures with them."""
