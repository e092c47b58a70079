"""Learn and judge: fit, calibrate, compare with simple rules, and decide which model leads."""
