// The reading room. In this order: whoever sees a film can press a verdict.

import "./reading.js";
import "./viewer/index.js";
