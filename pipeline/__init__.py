"""From logs of what customers did to a list of whom to keep, with reasons, worth and a control group."""
