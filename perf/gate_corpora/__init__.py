"""Reports with planted patient data, by people who had not seen the gate's rules; `perf.gate_reports` measures with them."""
